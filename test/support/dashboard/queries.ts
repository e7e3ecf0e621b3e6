// Words that the dashboard's queries are made of. `$...` are the dashboard's own variables.
import { catalogue, type MetricDeclaration } from '../../../src/metrics/index.ts';

const declarations: Readonly<Record<string, MetricDeclaration>> = catalogue;

/** What a panel asks, and how each series of the answer is called. */
export interface PanelQuery {
  readonly expr: string;
  /** Grafana's template of a name, e.g. `{{route}}`. */
  readonly legend: string;
}

/** The series of a metric that the variables choose: by instance, and by route or bot host where it has one. */
export function selector(metric: string, also = ''): string {
  const declaration = declarations[metric] ?? declarations[metric.replace(/_(bucket|sum|count)$/, '')];
  const labels = declaration?.labels ?? [];
  const chosen = ['instance', ...['route', 'bot_host'].filter((label) => labels.includes(label))];
  const matchers = chosen.map((label) => `${label}=~"$${label}"`);
  return `${metric}{${[...matchers, ...(also === '' ? [] : [also])].join(', ')}}`;
}

/** The rate of a counter, summed by `by` (none: over all). */
export function rateBy(metric: string, by: readonly string[] = [], also = ''): string {
  return sumBy(`rate(${selector(metric, also)}[$__rate_interval])`, by);
}

/** The increase of a counter over the time that is looked at, summed by `by`. */
export function increaseOfRange(metric: string, by: readonly string[] = []): string {
  return sumBy(`increase(${selector(metric)}[$__range])`, by);
}

/** How much a counter grew between two points of the graph, summed by `by`. */
export function increaseOfInterval(metric: string, by: readonly string[] = []): string {
  return sumBy(`increase(${selector(metric)}[$__rate_interval])`, by);
}

/** A gauge summed by `by`. */
export function gaugeBy(metric: string, by: readonly string[] = []): string {
  return sumBy(selector(metric), by);
}

function sumBy(vector: string, by: readonly string[]): string {
  return by.length === 0 ? `sum(${vector})` : `sum by (${by.join(', ')}) (${vector})`;
}

/** The `share` (0 to 1) of a histogram of which values lie below, by `by`. */
export function quantile(share: number, metric: string, by: readonly string[] = []): string {
  return `histogram_quantile(${share}, ${rateBy(`${metric}_bucket`, [...by, 'le'])})`;
}

/** The median, 95 of 100 and 99 of 100 of a histogram. */
export function quantiles(metric: string): readonly PanelQuery[] {
  return [
    { expr: quantile(0.5, metric), legend: '50 %' },
    { expr: quantile(0.95, metric), legend: '95 %' },
    { expr: quantile(0.99, metric), legend: '99 %' },
  ];
}
