/** What a label of a metric can be; null: anything, as for a bot host's name. */
export type LabelValues = ReadonlySet<string> | null;

/** Every series name that can be asked for, with its labels and their values. */
export type Inventory = ReadonlyMap<string, ReadonlyMap<string, LabelValues>>;

/** The job of `config/prometheus/prometheus.yml`, by which the rules find Hookward. */
export const scrapeJob = 'hookward';

/** Labels that Prometheus adds to whatever it scrapes. */
const targetLabels: readonly (readonly [string, LabelValues])[] = [
  ['job', new Set([scrapeJob])],
  ['instance', null],
];

/** Series that Prometheus makes itself for each target. */
const ownSeries = ['up', 'scrape_duration_seconds'];

const labelPattern = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

/** Names whose values are whatever the operator calls things: those of the page are only examples. */
const openLabels: ReadonlySet<string> = new Set(['route', 'bot_host', 'version', 'node']);

/** Reads a page of metrics (series as they stand on it, e.g. `a_total{route="x"}`) as Prometheus would keep it. */
export function inventoryOf(series: Iterable<string>): Map<string, Map<string, LabelValues>> {
  const values = new Map<string, Map<string, Set<string>>>();
  for (const text of [...ownSeries, ...series]) {
    const name = text.split('{', 1)[0] as string;
    const labels = values.get(name) ?? new Map<string, Set<string>>();
    values.set(name, labels);
    for (const [, label, value] of text.matchAll(labelPattern) as Iterable<[string, string, string]>)
      labels.set(label, (labels.get(label) ?? new Set()).add(value));
  }
  return new Map(
    [...values].map(([name, labels]) => {
      const read = [...labels].map(([label, set]) => [label, openLabels.has(label) ? null : set] as const);
      return [name, new Map<string, LabelValues>([...targetLabels, ...read])];
    }),
  );
}
