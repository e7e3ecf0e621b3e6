import { statfs } from 'node:fs/promises';
import type { Clock } from '../../core/clock.ts';
import type { Log, LogObserver, LogStats } from '../contract.ts';
import { AccessList } from './access.ts';
import { Appender } from './appender.ts';
import { AuditTrail } from './audit.ts';
import { Claimer } from './claimer.ts';
import type { FreeBytes } from './diskGuard.ts';
import { Life } from './life.ts';
import { listWebhooks } from './lister.ts';
import type { OpenDatabase } from './open.ts';
import { openLevel } from './open.ts';
import { Operator } from './operator.ts';
import { getWebhook } from './reader.ts';
import { Retention } from './retention.ts';
import { Settler } from './settler.ts';

/** What the embedded log is made of. */
export interface LevelLogParams {
  /** Its directory; made when it is not there, unless `create` is false. */
  readonly dir: string;
  /** Below this much free disk webhooks are refused. */
  readonly freeBytesMin: number;
  /** The size of a file that is given up so that a log on a full disk can be opened; 0: none. */
  readonly ballastBytes: number;
  readonly clock: Clock;
  readonly observer: LogObserver;
  /** So long after the start the log begins to read itself through; 10 s where it is not given. */
  readonly readThroughAfterMs?: number;
  /** False: there must be a log already (`log-not-found`). */
  readonly create?: boolean;
  /** The operating system, for tests to put another in its place. */
  readonly ports?: { readonly open?: OpenDatabase; readonly freeBytes?: FreeBytes };
}

/** A start has enough to do. */
const readThroughAfterDefaultMs = 10_000;

const freeBytesOfDisk: FreeBytes = async (dir) => {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
};

/** A reading of what memory has; before the log was ever open everything is 0. */
function statsOf(life: Life): LogStats {
  const { lastOpened, guard } = life;
  const pendingByRoute = [...(lastOpened?.head.pendingByRoute ?? [])].map(
    ([routeNo, pending]) => [lastOpened?.routes.nameOf(routeNo) ?? '', pending] as const,
  );
  return {
    mode: life.mode,
    modeReason: life.modeReason,
    counts: { ...(lastOpened?.head.counts ?? { pending: 0, delivered: 0, dead: 0, cancelled: 0 }) },
    pendingByRoute: Object.fromEntries(pendingByRoute),
    inFlight: life.holds.leased,
    earliestDueAt: life.lanes.earliestDueAt(),
    recordBytes: lastOpened?.head.marks.recordBytes ?? 0,
    diskBytes: guard.diskBytes,
    diskFreeBytes: guard.freeBytes,
    unreadableRecords: life.damage.count,
    sequenceGaps: life.sequenceGaps,
  };
}

/**
 * The log on LevelDB, for one process. See `Log` for what each method does; each is the work of one part here, and this
 * is only where they meet.
 */
export function createLevelLog(params: LevelLogParams): Log {
  const { dir, freeBytesMin, ballastBytes, clock, observer, create = true, ports = {} } = params;
  const { open = openLevel, freeBytes = freeBytesOfDisk } = ports;
  const { readThroughAfterMs = readThroughAfterDefaultMs } = params;
  const life = new Life({
    dir,
    freeBytesMin,
    ballastBytes,
    clock,
    observer,
    create,
    open,
    freeBytes,
    readThroughAfterMs,
  });
  const appender = new Appender(life);
  const claimer = new Claimer(life);
  const settler = new Settler(life);
  const operator = new Operator(life, claimer);
  const retention = new Retention(life, (isOver) => life.setOverBytesMax(isOver));
  const access = new AccessList(life);
  const audit = new AuditTrail(life);

  return {
    start: () => life.start(),
    stop: (deadlineMs) => life.stop(deadlineMs),
    stats: () => statsOf(life),
    newestId: () => life.lastOpened?.head.marks.newestId ?? null,
    append: (call) => appender.append(call),
    claim: (call) => claimer.claim(call),
    async settle(call) {
      const verdicts = await settler.settle(call);
      for (const { lease, event } of call.settlements) {
        if (event.then.state === 'delivered') retention.noteDelivered(lease.id);
      }
      return verdicts;
    },
    pendingRoutes() {
      const { lastOpened } = life;
      if (lastOpened === null) return [];
      return [...lastOpened.head.pendingByRoute.keys()].map((routeNo) => lastOpened.routes.nameOf(routeNo));
    },
    get: (call) => getWebhook(life, call),
    list: (call) => listWebhooks(life, call),
    replay: (call) => operator.replay(call),
    cancel: (call) => operator.cancel(call),
    listAccess: () => access.listAccess(),
    putAccess: (call) => access.putAccess(call),
    deleteAccess: (call) => access.deleteAccess(call),
    appendAudit: (call) => audit.appendAudit(call),
    listAudit: (call) => audit.listAudit(call),
    retain: (call) => retention.retain(call),
  };
}
