// The Grafana dashboard (`config/grafana/hookward.json`): what each panel asks stands in rows/, how it looks in panels.ts.
import {
  AnnotationQueryBuilder,
  DashboardCursorSync,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
  defaultDashboard,
  type Panel,
  type RowPanel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { buildPanel, datasource, type PanelSpec, type RowSpec } from './panels.ts';
import { selector } from './queries.ts';
import { access } from './rows/access.ts';
import { answers } from './rows/answers.ts';
import { delivery } from './rows/delivery.ts';
import { glance } from './rows/glance.ts';
import { ingress } from './rows/ingress.ts';
import { log } from './rows/log.ts';
import { process } from './rows/process.ts';
import { queue } from './rows/queue.ts';
import { senders } from './rows/senders.ts';

const rows: readonly RowSpec[] = [glance, ingress, answers, delivery, queue, senders, log, access, process];

/** Where config/runbook.md is said to be published until an operator says where; as in the alerts' runbook_url. */
const runbookUrl = 'https://runbooks.example.com/hookward';

/** The dashboard as JSON, ready to be imported or provisioned: in Grafana's classic format, which every version takes. */
export function dashboardJson(): string {
  const dashboard = {
    ...defaultDashboard(),
    uid: 'hookward',
    title: 'Hookward',
    description: 'Webhooks from arrival to delivery: what is lost, late or refused. Made by code.',
    tags: ['hookward', 'webhooks'],
    time: { from: 'now-6h', to: 'now' },
    refresh: '30s',
    graphTooltip: DashboardCursorSync.Crosshair,
    templating: { list: variables().map((variable) => variable.build()) },
    annotations: { list: annotations().map((annotation) => annotation.build()) },
    panels: placedPanels(),
  };
  return `${wordsOnOneLine(JSON.stringify(dashboard, null, 2))}\n`;
}

/** Lists of words as the repository's formatter writes them. */
function wordsOnOneLine(json: string): string {
  return json.replace(
    /\[\s+("[^"]*"(?:,\s+"[^"]*")*)\s+\]/g,
    (_, words: string) => `[${words.replace(/\s*\n\s*/g, ' ')}]`,
  );
}

/** Rows from top to bottom, each followed by its panels. */
function placedPanels(): (Panel | RowPanel)[] {
  const placed: (Panel | RowPanel)[] = [];
  let y = 0;
  const nextId = () => placed.length + 1;
  for (const { title, panels } of rows) {
    placed.push(new RowBuilder(title).id(nextId()).gridPos({ x: 0, y, w: 24, h: 1 }).build());
    y += 1;
    for (const { panels: line, w, h } of linesOf(panels)) {
      for (const [at, spec] of line.entries())
        placed.push(buildPanel(spec, { id: nextId(), gridPos: { x: at * w, y, w, h } }));
      y += h;
    }
  }
  return placed;
}

/** Panels beside each other, of the same size. The grid is 24 wide. */
interface Line {
  readonly panels: readonly PanelSpec[];
  readonly w: number;
  readonly h: number;
}

/** Three graphs in a line, or as many small panels as there are, up to six. */
function linesOf(panels: readonly PanelSpec[]): Line[] {
  const small = panels.filter(({ kind }) => kind === 'stat');
  const large = panels.filter(({ kind }) => kind !== 'stat');
  return [...chunks(large, 3, 8), ...chunks(small, Math.min(6, small.length), 4)];
}

function chunks(panels: readonly PanelSpec[], size: number, h: number): Line[] {
  const lines: Line[] = [];
  for (let from = 0; from < panels.length; from += size)
    lines.push({ panels: panels.slice(from, from + size), w: 24 / size, h });
  return lines;
}

function variables() {
  const all = { text: 'All', value: '$__all' };
  const choice = (name: string, label: string, query: string) =>
    new QueryVariableBuilder(name)
      .label(label)
      .datasource(datasource)
      .query(query)
      .refresh(VariableRefresh.OnTimeRangeChanged)
      .sort(VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue('.*')
      .current(all);
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    choice('instance', 'Instance', 'label_values(hookward_build_info, instance)'),
    choice('route', 'Route', 'label_values(hookward_received_total{instance=~"$instance"}, route)'),
    choice('bot_host', 'Bot host', 'label_values(hookward_circuit_state{instance=~"$instance"}, bot_host)'),
    new TextBoxVariableBuilder('runbook')
      .label('Runbook')
      .description('Where config/runbook.md is published.')
      .defaultValue(runbookUrl)
      .current({ text: runbookUrl, value: runbookUrl }),
  ];
}

function annotations() {
  const changes = (metric: string) => `changes(${selector(metric)}[$__rate_interval]) > 0`;
  const started = changes('hookward_process_start_time_seconds');
  const build = `group_left (version) ${selector('hookward_build_info')}`;
  const mark = (name: string, color: string) =>
    new AnnotationQueryBuilder().name(name).datasource(datasource).enable(true).iconColor(color);
  return [
    mark('Restarts', 'red')
      .expr(`(${started}) * on (job, instance) ${build}`)
      .titleFormat('{{instance}} started')
      .textFormat('version {{version}}')
      .step('15s'),
    mark('Configuration reloads', 'blue')
      .expr(changes('hookward_config_loaded_timestamp_seconds'))
      .titleFormat('{{instance}}: new configuration')
      .step('15s'),
  ];
}
