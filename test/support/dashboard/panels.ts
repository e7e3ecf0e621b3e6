// The three kinds of panels that the dashboard is made of, on Grafana's own builders.
import {
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardLinkBuilder,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type GridPos,
  type Panel,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelinePanel } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TimeSeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';
import type { PanelQuery } from './queries.ts';

/** The data source that the dashboard's variable names. */
export const datasource = { type: 'prometheus', uid: '${datasource}' };

/** From which value on something is a warning, and from which on it is bad; `low` turns both round. */
export interface Bounds {
  readonly warning?: number;
  readonly bad: number;
  readonly low?: boolean;
}

/** A panel before it has a place. */
export interface PanelSpec {
  readonly kind: 'graph' | 'stacked' | 'stat' | 'timeline';
  readonly title: string;
  /** What it shows and what to make of it: shown at the panel's corner. */
  readonly description: string;
  /** Grafana's name of the unit: `s`, `bytes`, `reqps` ... */
  readonly unit: string;
  readonly queries: readonly PanelQuery[];
  readonly bounds?: Bounds;
  /** Words and colours for values. */
  readonly states?: Readonly<Record<string, readonly [text: string, color: string]>>;
  /** Alerts that watch the same; the panel links to their sections of the runbook. */
  readonly alerts?: readonly string[];
}

/** A row of panels. */
export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** A panel of this number at this place. */
export function buildPanel(
  spec: PanelSpec,
  place: { readonly id: number; readonly gridPos: GridPos },
): Panel {
  const builder = builderOf(spec)
    .id(place.id)
    .gridPos(place.gridPos)
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(datasource)
    .targets(spec.queries.map(target))
    .links((spec.alerts ?? []).map(runbookLink));
  if (spec.bounds !== undefined) builder.thresholds(thresholds(spec.bounds));
  if (spec.states !== undefined) builder.mappings([mapping(spec.states)]);
  return builder.build();
}

function builderOf({ kind, bounds }: PanelSpec) {
  switch (kind) {
    case 'stat':
      return new StatPanel()
        .graphMode(BigValueGraphMode.Area)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']));
    case 'timeline':
      return new StateTimelinePanel().legend(legend()).showValue(VisibilityMode.Never).fillOpacity(70);
    case 'graph':
      return graph(bounds);
    case 'stacked':
      return graph(bounds).fillOpacity(30).stacking(new StackingConfigBuilder().mode(StackingMode.Normal));
  }
}

function graph(bounds: Bounds | undefined) {
  const builder = new TimeSeriesPanel()
    .min(0)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
  if (bounds === undefined) return builder;
  const dashed = new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);
  return builder.thresholdsStyle(dashed);
}

function legend() {
  return new VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom);
}

function target({ expr, legend: name }: PanelQuery, index: number) {
  return new DataqueryBuilder()
    .datasource(datasource)
    .refId(String.fromCharCode('A'.charCodeAt(0) + index))
    .expr(expr)
    .legendFormat(name)
    .range();
}

function thresholds({ warning, bad, low = false }: Bounds) {
  const steps = low
    ? [
        { value: null, color: 'red' },
        ...(warning === undefined ? [] : [{ value: bad, color: 'orange' }]),
        { value: warning ?? bad, color: 'green' },
      ]
    : [
        { value: null, color: 'green' },
        ...(warning === undefined ? [] : [{ value: warning, color: 'orange' }]),
        { value: bad, color: 'red' },
      ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}

function mapping(states: NonNullable<PanelSpec['states']>): ValueMapping {
  const options = Object.entries(states).map(([value, [text, color]], index) => [
    value,
    { text, color, index },
  ]);
  return { type: MappingType.ValueToText, options: Object.fromEntries(options) as Record<string, object> };
}

function runbookLink(alert: string) {
  return new DashboardLinkBuilder(`Runbook: ${alert}`)
    .url(`\${runbook}#${alert.toLowerCase()}`)
    .targetBlank(true);
}
