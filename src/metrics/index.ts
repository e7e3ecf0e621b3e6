export { catalogue, type MetricDeclaration, type MetricName } from './catalogue.ts';
export { createMetricRegistry } from './registry.ts';
export type { CounterSeries, GaugeReader, HistogramSeries, MetricRegistry } from './registry.ts';
export { metricsReference } from './reference.ts';
