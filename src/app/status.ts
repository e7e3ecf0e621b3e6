import type { StatusView } from '../admin/index.ts';
import type { DeliveryStats } from '../delivery/index.ts';
import type { LogStats } from '../log/index.ts';

/** What `hookward status` shows. */
export function statusOf(facts: {
  readonly version: string;
  readonly startedAt: number;
  readonly log: LogStats;
  readonly delivery: DeliveryStats;
}): StatusView {
  const { modeReason, earliestDueAt, ...log } = facts.log;
  return {
    version: facts.version,
    startedAt: new Date(facts.startedAt).toISOString(),
    log: {
      ...log,
      reason: modeReason,
      earliestDueAt: earliestDueAt === null ? null : new Date(earliestDueAt).toISOString(),
    },
    botHosts: Object.entries(facts.delivery.botHosts).map(([name, host]) => ({
      name,
      circuit: host.circuit,
      active: host.inFlight,
      waiting: host.waiting,
    })),
  };
}
