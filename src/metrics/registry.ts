import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import { catalogue, type MetricDeclaration, type MetricName, type MetricOfType } from './catalogue.ts';
import { eventLoopDelay } from './eventLoopDelay.ts';

const prefix = 'hookward_';

type Labels = Readonly<Record<string, string>>;

/** A counter's series. Adding is one addition on a number; prom-client sees the sum at the next scrape. */
export interface CounterSeries {
  add(amount?: number): void;
}

export interface HistogramSeries {
  observe(value: number): void;
}

/** Reads a gauge's series at scrape time; memory only. */
export type GaugeReader = () => readonly { readonly labels?: Labels; readonly value: number }[];

/** The one registry of the process's metrics. */
export interface MetricRegistry {
  /** The series of a counter; present at 0 from this call on. */
  counter(name: MetricOfType<'counter'>, labels?: Labels): CounterSeries;
  histogram(name: MetricOfType<'histogram'>, labels?: Labels): HistogramSeries;
  /** Sets where a counter's one series comes from that its part counts itself: a number that never falls. */
  counterFrom(name: MetricOfType<'counter'>, read: () => number): void;
  /** Sets where a gauge's values come from. */
  gauge(name: MetricOfType<'gauge'>, read: GaugeReader): void;
  /** The page that Prometheus scrapes, and its content type. */
  page(): Promise<{ readonly contentType: string; readonly body: string }>;
}

const seriesKey = (labels: Labels) => Object.values(labels).join('\0');

/**
 * prom-client hashes the labels at each `inc` (about a microsecond). A webhook adds to half a dozen counters, so they are
 * plain numbers here and handed over when a scrape asks.
 */
class LazyCounter {
  readonly #series = new Map<string, { labels: Labels; unread: number }>();
  #source: { readonly read: () => number; seen: number } | null = null;

  constructor(name: MetricName, declaration: MetricDeclaration, registry: Registry) {
    const series = this.#series;
    const unreadOfSource = () => this.#unreadOfSource();
    new Counter({
      name,
      help: declaration.help,
      labelNames: [...(declaration.labels ?? [])],
      registers: [registry],
      collect() {
        for (const one of series.values()) {
          this.inc(one.labels, one.unread);
          one.unread = 0;
        }
        const unread = unreadOfSource();
        if (unread !== null) this.inc(unread);
      },
    });
  }

  from(read: () => number): void {
    this.#source = { read, seen: 0 };
  }

  #unreadOfSource(): number | null {
    if (this.#source === null) return null;
    const { read, seen } = this.#source;
    this.#source.seen = read();
    return this.#source.seen - seen;
  }

  of(labels: Labels): CounterSeries {
    const key = seriesKey(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, unread: 0 };
      this.#series.set(key, series);
    }
    const found = series;
    return { add: (amount = 1) => void (found.unread += amount) };
  }
}

function declareGauge(name: MetricName, declaration: MetricDeclaration, registry: Registry) {
  let read: GaugeReader = () => [];
  new Gauge({
    name,
    help: declaration.help,
    labelNames: [...(declaration.labels ?? [])],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, value } of read()) this.set(labels ?? {}, value);
    },
  });
  return (reader: GaugeReader) => void (read = reader);
}

class LabelledHistogram {
  readonly #histogram: Histogram;
  readonly #series = new Map<string, HistogramSeries>();

  constructor(name: MetricName, declaration: MetricDeclaration, registry: Registry) {
    this.#histogram = new Histogram({
      name,
      help: declaration.help,
      labelNames: [...(declaration.labels ?? [])],
      buckets: [...(declaration.buckets ?? [])],
      registers: [registry],
    });
  }

  of(labels: Labels): HistogramSeries {
    const key = seriesKey(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      // Only at first sight: `zero` would empty a series that counts already.
      this.#histogram.zero(labels);
      series = this.#histogram.labels(labels);
      this.#series.set(key, series);
    }
    return series;
  }
}

function found<T>(map: ReadonlyMap<MetricName, T>, name: MetricName): T {
  const metric = map.get(name);
  if (metric === undefined) throw new Error(`metric ${name} is declared with another type`);
  return metric;
}

/** The process's own metrics: CPU, memory, open files, garbage collection. */
function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, prefix });
  // They hold the period of the timer that measures them, 10 ms; see eventLoopDelay.ts for what is reported in their place.
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith(`${prefix}nodejs_eventloop_lag_`)) registry.removeSingleMetric(name);
  }
}

/** Declares every metric of the catalogue and the process's own (CPU, memory, event loop) in a registry of its own. */
export function createMetricRegistry(): MetricRegistry {
  const registry = new Registry();
  collectProcessMetrics(registry);
  const counters = new Map<MetricName, LazyCounter>();
  const gauges = new Map<MetricName, (reader: GaugeReader) => void>();
  const histograms = new Map<MetricName, LabelledHistogram>();
  for (const [key, declaration] of Object.entries(catalogue) as [MetricName, MetricDeclaration][]) {
    switch (declaration.type) {
      case 'counter':
        counters.set(key, new LazyCounter(key, declaration, registry));
        break;
      case 'gauge':
        gauges.set(key, declareGauge(key, declaration, registry));
        break;
      case 'histogram':
        histograms.set(key, new LabelledHistogram(key, declaration, registry));
        break;
    }
  }
  found(gauges, 'hookward_event_loop_delay_seconds')(eventLoopDelay());
  return {
    counter: (name, labels = {}) => found(counters, name).of(labels),
    histogram: (name, labels = {}) => found(histograms, name).of(labels),
    counterFrom: (name, read) => found(counters, name).from(read),
    gauge: (name, read) => found(gauges, name)(read),
    page: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
