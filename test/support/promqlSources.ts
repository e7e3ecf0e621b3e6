// Everything of the repository that holds PromQL, read from the files that operators copy.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from './repository.ts';

/** A query and where it stands. */
export interface PlacedQuery {
  readonly where: string;
  readonly expr: string;
}

/** One rule of Prometheus: it either records or alerts. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** One test of promtool. */
export interface RuleTest {
  readonly name: string;
  readonly input_series: readonly { readonly series: string }[];
  readonly alert_rule_test: readonly {
    readonly alertname: string;
    readonly exp_alerts?: readonly unknown[];
  }[];
}

/** A panel or a row, as Grafana's JSON has it. */
export interface DashboardPanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
  readonly links?: readonly { readonly title: string; readonly url: string }[];
}

/** What the tests read of the dashboard. */
export interface DashboardFile {
  readonly panels: readonly DashboardPanel[];
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query?: string }[];
  };
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
}

const read = (path: string) => readFileSync(join(repositoryRoot, 'config', path), 'utf8');

export const readRunbook = () => read('runbook.md');

export const readDashboard = () => JSON.parse(read('grafana/hookward.json')) as DashboardFile;

export const readRuleTests = () =>
  (parse(read('prometheus/hookward.rules.test.yml')) as { tests: readonly RuleTest[] }).tests;

/** All rules in the order in which they stand. */
export function readRules(): readonly Rule[] {
  const file = parse(read('prometheus/hookward.rules.yml')) as { groups: { rules: Rule[] }[] };
  return file.groups.flatMap(({ rules }) => rules);
}

/** The job's name in the example configuration of Prometheus. */
export function readScrapeJobs(): readonly string[] {
  const file = parse(read('prometheus/prometheus.yml')) as { scrape_configs: { job_name: string }[] };
  return file.scrape_configs.map((one) => one.job_name);
}

/** Every query of the dashboard: panels, annotations, and the selectors that its variables list values of. */
export function dashboardQueries({ panels, annotations, templating }: DashboardFile): readonly PlacedQuery[] {
  const listed = templating.list.flatMap(({ name, query }) => {
    const found = /^label_values\((.+), (\w+)\)$/.exec(query ?? '');
    return found === null ? [] : [{ where: `variable ${name}`, expr: `sum by (${found[2]}) (${found[1]})` }];
  });
  return [
    ...panels.flatMap(({ title, targets = [] }) =>
      targets.map(({ expr, refId }) => ({ where: `panel "${title}" ${refId}`, expr })),
    ),
    ...annotations.list.map(({ name, expr }) => ({ where: `annotation ${name}`, expr })),
    ...listed,
  ].map(({ where, expr }) => ({ where, expr: withTimes(expr) }));
}

/** Puts a time where Grafana does; its other variables stand in texts, where any value is right. */
const withTimes = (expr: string) => expr.replace(/\$__(rate_interval|range|interval)\b/g, '5m');
