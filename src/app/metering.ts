// Fits the parts' own metric ports to the one registry. Series are looked up once; counting is an addition.
import type { LoginResult } from '../admin/index.ts';
import { failureCauses } from '../core/attempt.ts';
import { refusalCodes } from '../core/errors.ts';
import { senderProblems, type SenderProblem } from '../core/senders.ts';
import { deadReasons } from '../core/state.ts';
import type { DeliveryMetrics } from '../delivery/index.ts';
import type { AnswerKind, DuplicateOutcome, IngressMetrics } from '../ingress/index.ts';
import type { LogObserver } from '../log/index.ts';
import type { CounterSeries, HistogramSeries, MetricRegistry } from '../metrics/index.ts';

const answerKinds: readonly AnswerKind[] = ['bot', 'queued', 'acknowledged', 'unreachable', 'none'];
const duplicateOutcomes: readonly DuplicateOutcome[] = ['joined', 'answered', 'restarted', 'cancelled'];
const deferReasons = ['circuit-open', 'lane-full', 'behind-its-key', 'shutdown', 'no-bot-host'] as const;

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
  readonly handshakes: CounterSeries;
  readonly unverified: Readonly<Record<SenderProblem, CounterSeries>>;
  readonly duplicates: Readonly<Record<DuplicateOutcome, CounterSeries>>;
}

/** A series for each of `values`, by its name. */
function seriesEach<T extends string>(
  values: readonly T[],
  make: (value: T) => CounterSeries,
): Readonly<Record<T, CounterSeries>> {
  return Object.fromEntries(values.map((value) => [value, make(value)])) as Record<T, CounterSeries>;
}

function routeSeries(registry: MetricRegistry, route: string): RouteSeries {
  const counter = (name: Parameters<MetricRegistry['counter']>[0], labels = {}) =>
    registry.counter(name, { route, ...labels });
  return {
    received: counter('hookward_received_total'),
    receivedBytes: counter('hookward_received_bytes_total'),
    delivered: counter('hookward_delivered_total'),
    retries: counter('hookward_retries_total'),
    reported: counter('hookward_whitelist_reported_total'),
    wait: registry.histogram('hookward_answer_wait_seconds', { route }),
    answers: seriesEach(answerKinds, (kind) => counter('hookward_answers_total', { kind })),
    dead: seriesEach(deadReasons, (reason) => counter('hookward_dead_total', { reason })),
    handshakes: counter('hookward_handshakes_total'),
    unverified: seriesEach(senderProblems, (reason) => counter('hookward_unverified_total', { reason })),
    duplicates: seriesEach(duplicateOutcomes, (outcome) => counter('hookward_duplicates_total', { outcome })),
  };
}

/** What was done to webhooks: by a person, or (`sent-again`) because their sender sent them once more. */
type Operated = 'replayed' | 'cancelled' | 'sent-again';

/** Everything that app counts with. */
export interface Metering {
  readonly ingress: IngressMetrics;
  readonly delivery: Omit<DeliveryMetrics, 'circuitChanged'>;
  readonly log: Pick<LogObserver, 'committed'>;
  /** A notice of the log, by its code. */
  logNoticed(code: string): void;
  operated(what: Operated, count: number): void;
  reloaded(result: 'applied' | 'refused'): void;
  /** Somebody has tried to log in at the console. */
  loggedIn(result: LoginResult['result']): void;
  /** Makes the series of all routes and bot hosts, at 0. */
  know(routes: readonly string[], botHosts: readonly string[]): void;
}

/** A counter with one label, all of whose values are known: every series is there at 0. */
function labelledCounter(
  registry: MetricRegistry,
  name: Parameters<MetricRegistry['counter']>[0],
  { label, values }: { readonly label: string; readonly values: readonly string[] },
): SeriesByLabel<CounterSeries> {
  const series = new SeriesByLabel((value) => registry.counter(name, { [label]: value }));
  for (const value of values) series.of(value);
  return series;
}

function ingressMetrics(registry: MetricRegistry, routes: SeriesByLabel<RouteSeries>): IngressMetrics {
  const refused = labelledCounter(registry, 'hookward_refused_total', {
    label: 'reason',
    values: refusalCodes,
  });
  const unrouted = registry.counter('hookward_whitelist_reported_total', { route: '' });
  const passedThrough = registry.counter('hookward_passed_through_total');
  return {
    received(route, bodyBytes) {
      const series = routes.of(route);
      series.received.add();
      series.receivedBytes.add(bodyBytes);
    },
    refused: (code) => refused.of(code).add(),
    whitelistReported: (route) => (route === null ? unrouted : routes.of(route).reported).add(),
    passedThrough: () => passedThrough.add(),
    handshake: (route) => routes.of(route).handshakes.add(),
    unverified: (route, problem) => routes.of(route).unverified[problem].add(),
    duplicate: (route, outcome) => routes.of(route).duplicates[outcome].add(),
    answered(route, kind, waitSeconds) {
      const series = routes.of(route);
      series.answers[kind].add();
      series.wait.observe(waitSeconds);
    },
  };
}

/** The series of one bot host. */
interface BotHostSeries {
  readonly seconds: HistogramSeries;
  readonly attempts: SeriesByLabel<CounterSeries>;
}

function botHostSeries(registry: MetricRegistry, host: string): BotHostSeries {
  const attempts = new SeriesByLabel((outcome) =>
    registry.counter('hookward_attempts_total', { bot_host: host, outcome }),
  );
  for (const outcome of ['2xx', '3xx', '4xx', '5xx', ...failureCauses]) attempts.of(outcome);
  return { seconds: registry.histogram('hookward_attempt_seconds', { bot_host: host }), attempts };
}

function deliveryMetrics(
  registry: MetricRegistry,
  routes: SeriesByLabel<RouteSeries>,
  botHosts: SeriesByLabel<BotHostSeries>,
): Metering['delivery'] {
  const deferred = labelledCounter(registry, 'hookward_deferred_total', {
    label: 'reason',
    values: deferReasons,
  });
  let unknownRoutes = 0;
  registry.gauge('hookward_unknown_routes', () => [{ value: unknownRoutes }]);
  return {
    attempted(facts) {
      const route = routes.of(facts.route);
      const host = botHosts.of(facts.botHost);
      host.attempts.of(facts.outcome).add();
      host.seconds.observe(facts.durationMs / 1000);
      if (facts.retry) route.retries.add();
      if (facts.state === 'delivered') route.delivered.add();
    },
    died: ({ route, reason }) => routes.of(route).dead[reason]?.add(),
    deferred: ({ why }) => deferred.of(why).add(),
    unknownRoutes: (count) => void (unknownRoutes = count),
  };
}

function logMetrics(registry: MetricRegistry): Pick<Metering, 'log' | 'logNoticed'> {
  const commitSeconds = registry.histogram('hookward_log_commit_seconds');
  const commitWebhooks = registry.histogram('hookward_log_commit_webhooks');
  const writeFailures = registry.counter('hookward_log_write_failures_total');
  const reopens = registry.counter('hookward_log_reopens_total');
  return {
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
  };
}

/** Makes the counters; every series whose labels are known from the start is there at 0. */
export function createMetering(registry: MetricRegistry): Metering {
  const routes = new SeriesByLabel((route) => routeSeries(registry, route));
  const botHosts = new SeriesByLabel((host) => botHostSeries(registry, host));
  const reloads = labelledCounter(registry, 'hookward_config_reloads_total', {
    label: 'result',
    values: ['applied', 'refused'],
  });
  const logins = labelledCounter(registry, 'hookward_logins_total', {
    label: 'result',
    values: ['opened', 'wrong', 'limited'],
  });
  const operated: Readonly<Record<Operated, CounterSeries>> = {
    replayed: registry.counter('hookward_replays_total', { trigger: 'api' }),
    'sent-again': registry.counter('hookward_replays_total', { trigger: 'sender' }),
    cancelled: registry.counter('hookward_cancelled_total'),
  };
  return {
    ingress: ingressMetrics(registry, routes),
    delivery: deliveryMetrics(registry, routes, botHosts),
    ...logMetrics(registry),
    operated: (what, count) => operated[what].add(count),
    reloaded: (result) => reloads.of(result).add(),
    loggedIn: (result) => logins.of(result).add(),
    know(routeNames, hostNames) {
      for (const route of routeNames) routes.of(route);
      for (const host of hostNames) botHosts.of(host);
    },
  };
}
