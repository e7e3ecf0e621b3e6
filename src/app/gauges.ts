// Wires every gauge to what it reads at a scrape: counters in memory, never the log.
import type { AccessStats } from '../access/index.ts';
import { webhookStates } from '../core/state.ts';
import type { CircuitState, DeliveryStats } from '../delivery/index.ts';
import type { IngressReadings } from '../ingress/index.ts';
import type { LogMode, LogStats } from '../log/index.ts';
import type { MetricRegistry } from '../metrics/index.ts';

const logModes: readonly LogMode[] = ['ok', 'full', 'failing', 'closed'];
const circuitValues: Readonly<Record<CircuitState, number>> = {
  closed: 0,
  'half-open': 1,
  ramping: 1,
  open: 2,
};

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
  registry.gauge('hookward_build_info', () => [
    { labels: { version: about.version, node: about.node }, value: 1 },
  ]);
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
  registry.gauge(
    'hookward_oldest_past_due_seconds',
    one(() => pastDueSeconds(stats().earliestDueAt, now())),
  );
  registry.gauge(
    'hookward_in_flight',
    one(() => stats().inFlight),
  );
  registry.gauge(
    'hookward_log_record_bytes',
    one(() => stats().recordBytes),
  );
  registry.gauge(
    'hookward_log_disk_bytes',
    one(() => stats().diskBytes),
  );
  registry.gauge(
    'hookward_disk_free_bytes',
    one(() => stats().diskFreeBytes),
  );
  registry.gauge(
    'hookward_log_unreadable_records',
    one(() => stats().unreadableRecords),
  );
  registry.gauge(
    'hookward_log_sequence_gaps',
    one(() => stats().sequenceGaps),
  );
  registry.gauge(
    'hookward_config_loaded_timestamp_seconds',
    one(() => about.loadedAt() / 1000),
  );
}

/** Wires the gauges of delivery: per bot host, as its stats are now. */
export function gaugeDelivery(registry: MetricRegistry, stats: () => DeliveryStats): void {
  const hosts = () => Object.entries(stats().botHosts);
  registry.gauge('hookward_bot_host_active', () =>
    hosts().map(([name, { inFlight }]) => ({ labels: { bot_host: name }, value: inFlight })),
  );
  registry.gauge('hookward_bot_host_waiting', () =>
    hosts().flatMap(([name, { waiting }]) =>
      Object.entries(waiting).map(([lane, value]) => ({ labels: { bot_host: name, lane }, value })),
    ),
  );
  registry.gauge('hookward_circuit_state', () =>
    hosts().map(([name, { circuit }]) => ({ labels: { bot_host: name }, value: circuitValues[circuit] })),
  );
}

/** Wires the gauges of the gate and of the public listener. */
export function gaugeAccess(
  registry: MetricRegistry,
  access: () => AccessStats,
  ingress: () => IngressReadings,
): void {
  registry.gauge('hookward_bans', () => [{ value: access().bans }]);
  registry.gauge('hookward_addresses_tracked', () => [{ value: access().addresses }]);
  registry.gauge('hookward_whitelist_entries', () => [{ value: access().whitelistEntries }]);
  registry.gauge('hookward_access_unsaved', () => [{ value: access().unsaved }]);
  registry.counterFrom('hookward_addresses_forgotten_total', () => access().addressesForgotten);
  registry.counterFrom('hookward_listed_limited_total', () => access().listedLimited);
  registry.gauge('hookward_connections', () => [{ value: ingress().connections }]);
  registry.gauge('hookward_callers_waiting', () => [{ value: ingress().callersWaiting }]);
}

function pastDueSeconds(dueAt: number | null, now: number): number {
  return dueAt === null ? 0 : Math.max(0, (now - dueAt) / 1000);
}
