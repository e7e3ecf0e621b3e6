// Fits the parts' own metric ports to the one registry. Series are looked up once; counting is an addition.
import { refusalCodes, type RefusalCode } from '../core/errors.ts';
import { deadReasons, webhookStates } from '../core/state.ts';
import type { AttemptFacts, DeliveryMetrics } from '../delivery/index.ts';
import type { AnswerKind, IngressMetrics } from '../ingress/index.ts';
import type { LogMode, LogObserver, LogStats } from '../log/index.ts';
import type { CounterSeries, HistogramSeries, MetricRegistry } from '../metrics/index.ts';

const answerKinds: readonly AnswerKind[] = ['bot', 'queued', 'acknowledged', 'unreachable', 'none'];
const deferReasons = ['circuit-open', 'lane-full', 'behind-its-key', 'shutdown', 'no-bot-host'] as const;
const logModes: readonly LogMode[] = ['ok', 'full', 'failing', 'closed'];
const replayTriggers = ['api', 'cli'] as const;

/** A series per label value, each made at first use. */
class SeriesByLabel<T> {
  readonly #known = new Map<string, T>();
  readonly #make: (value: string) => T;

  constructor(make: (value: string) => T) {
    this.#make = make;
  }

  of(value: string): T {
    let series = this.#known.get(value);
    if (series === undefined) {
      series = this.#make(value);
      this.#known.set(value, series);
    }
    return series;
  }
}

/** The series of one route. */
interface RouteSeries {
  readonly received: CounterSeries;
  readonly receivedBytes: CounterSeries;
  readonly delivered: CounterSeries;
  readonly retries: CounterSeries;
  readonly reported: CounterSeries;
  readonly wait: HistogramSeries;
  readonly answers: Readonly<Record<AnswerKind, CounterSeries>>;
  readonly dead: Readonly<Record<string, CounterSeries>>;
}

function routeSeries(registry: MetricRegistry, route: string): RouteSeries {
  const counter = (name: Parameters<MetricRegistry['counter']>[0], labels = {}) =>
    registry.counter(name, { route, ...labels });
  const answers = answerKinds.map((kind) => [kind, counter('hookward_answers_total', { kind })]);
  const dead = deadReasons.map((reason) => [reason, counter('hookward_dead_total', { reason })]);
  return {
    received: counter('hookward_received_total'),
    receivedBytes: counter('hookward_received_bytes_total'),
    delivered: counter('hookward_delivered_total'),
    retries: counter('hookward_retries_total'),
    reported: counter('hookward_whitelist_reported_total'),
    wait: registry.histogram('hookward_answer_wait_seconds', { route }),
    answers: Object.fromEntries(answers) as Record<AnswerKind, CounterSeries>,
    dead: Object.fromEntries(dead) as Record<string, CounterSeries>,
  };
}

/** Everything that app counts with. */
export interface Metering {
  readonly ingress: IngressMetrics;
  readonly delivery: DeliveryMetrics;
  readonly log: Pick<LogObserver, 'committed'>;
  /** A notice of the log, by its code. */
  logNoticed(code: string): void;
  operated(what: 'replayed' | 'cancelled', count: number): void;
  reloaded(result: 'applied' | 'refused'): void;
  /** Makes the series of all routes and bot hosts, at 0. */
  know(routes: readonly string[], botHosts: readonly string[]): void;
}

/** Makes the counters; every series whose labels are known from the start is there at 0. */
export function createMetering(registry: MetricRegistry): Metering {
  const refused = new SeriesByLabel<CounterSeries>((reason) => registry.counter('hookward_refused_total', { reason }));
  for (const code of refusalCodes) refused.of(code);
  const deferred = new SeriesByLabel<CounterSeries>((reason) => registry.counter('hookward_deferred_total', { reason }));
  for (const reason of deferReasons) deferred.of(reason);
  const routes = new SeriesByLabel<RouteSeries>((route) => routeSeries(registry, route));
  const attemptSeconds = new SeriesByLabel((host) => registry.histogram('hookward_attempt_seconds', { bot_host: host }));
  const attempts = new SeriesByLabel(
    (host) =>
      new SeriesByLabel<CounterSeries>((outcome) =>
        registry.counter('hookward_attempts_total', { bot_host: host, outcome }),
      ),
  );
  const reloads = new SeriesByLabel<CounterSeries>((result) => registry.counter('hookward_config_reloads_total', { result }));
  for (const result of ['applied', 'refused']) reloads.of(result);
  const replays = new SeriesByLabel<CounterSeries>((trigger) => registry.counter('hookward_replays_total', { trigger }));
  for (const trigger of replayTriggers) replays.of(trigger);
  const cancelled = registry.counter('hookward_cancelled_total');
  const passedThrough = registry.counter('hookward_passed_through_total');
  const commitSeconds = registry.histogram('hookward_log_commit_seconds');
  const commitWebhooks = registry.histogram('hookward_log_commit_webhooks');
  const writeFailures = registry.counter('hookward_log_write_failures_total');
  const reopens = registry.counter('hookward_log_reopens_total');

  return {
    ingress: {
      received(route, bodyBytes) {
        const series = routes.of(route);
        series.received.add();
        series.receivedBytes.add(bodyBytes);
      },
      refused: (code: RefusalCode) => refused.of(code).add(),
      whitelistReported: (route) => routes.of(route ?? '').reported.add(),
      passedThrough: () => passedThrough.add(),
      answered(route, kind, waitSeconds) {
        const series = routes.of(route);
        series.answers[kind].add();
        series.wait.observe(waitSeconds);
      },
    },
    delivery: {
      attempted(facts: AttemptFacts) {
        const route = routes.of(facts.route);
        attempts.of(facts.botHost).of(facts.outcome).add();
        attemptSeconds.of(facts.botHost).observe(facts.durationMs / 1000);
        if (facts.retry) route.retries.add();
        if (facts.state === 'delivered') route.delivered.add();
      },
      died: ({ route, reason }) => routes.of(route).dead[reason]?.add(),
      deferred: ({ why }) => deferred.of(why).add(),
      circuitChanged: () => undefined,
      unknownRoutes: () => undefined,
    },
    log: {
      committed({ appends, durationMs, synced }) {
        if (!synced) return;
        commitSeconds.observe(durationMs / 1000);
        if (appends > 0) commitWebhooks.observe(appends);
      },
    },
    logNoticed(code) {
      if (code === 'write-failed') writeFailures.add();
      else if (code === 'reopened') reopens.add();
    },
    operated(what, count) {
      if (what === 'replayed') replays.of('api').add(count);
      else cancelled.add(count);
    },
    reloaded: (result) => reloads.of(result).add(),
    know(routeNames, botHosts) {
      for (const route of routeNames) routes.of(route);
      for (const host of botHosts) {
        attemptSeconds.of(host);
        for (const outcome of ['2xx', '3xx', '4xx', '5xx']) attempts.of(host).of(outcome);
      }
    },
  };
}

/** What the gauges read at a scrape. */
export interface GaugeSources {
  readonly version: string;
  readonly node: string;
  readonly stats: () => LogStats;
  readonly routes: () => readonly string[];
  readonly now: () => number;
  readonly loadedAt: () => number;
}

/** Wires the gauges of the log and of the process. */
export function gaugeLog(registry: MetricRegistry, { stats, routes, now, ...about }: GaugeSources): void {
  const one = (read: () => number) => () => [{ value: read() }];
  registry.gauge('hookward_build_info', () => [{ labels: { version: about.version, node: about.node }, value: 1 }]);
  registry.gauge('hookward_log_mode', () => {
    const { mode } = stats();
    return logModes.map((name) => ({ labels: { mode: name }, value: name === mode ? 1 : 0 }));
  });
  registry.gauge('hookward_webhooks', () => {
    const { counts } = stats();
    return webhookStates.map((state) => ({ labels: { state }, value: counts[state] }));
  });
  registry.gauge('hookward_pending', () => {
    const { pendingByRoute } = stats();
    const names = new Set([...routes(), ...Object.keys(pendingByRoute)]);
    return [...names].map((route) => ({ labels: { route }, value: pendingByRoute[route] ?? 0 }));
  });
  registry.gauge('hookward_oldest_past_due_seconds', one(() => pastDueSeconds(stats().earliestDueAt, now())));
  registry.gauge('hookward_in_flight', one(() => stats().inFlight));
  registry.gauge('hookward_log_record_bytes', one(() => stats().recordBytes));
  registry.gauge('hookward_log_disk_bytes', one(() => stats().diskBytes));
  registry.gauge('hookward_disk_free_bytes', one(() => stats().diskFreeBytes));
  registry.gauge('hookward_log_unreadable_records', one(() => stats().unreadableRecords));
  registry.gauge('hookward_log_sequence_gaps', one(() => stats().sequenceGaps));
  registry.gauge('hookward_config_loaded_timestamp_seconds', one(() => about.loadedAt() / 1000));
}

function pastDueSeconds(dueAt: number | null, now: number): number {
  return dueAt === null ? 0 : Math.max(0, (now - dueAt) / 1000);
}
