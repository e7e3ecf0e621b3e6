import type { WebhookEvent } from '../../core/state.ts';
import { isTransitionAllowed } from '../../core/state.ts';
import { HookwardError } from '../../core/errors.ts';
import type { DeliveryLog, Settlement } from '../contract.ts';
import { ChangeJob } from './changeJob.ts';
import type { Engine } from './engine.ts';
import { isLogError } from './errors.ts';
import type { Pace } from './job.ts';
import type { OrderNote, OrderView } from './orders.ts';
import { freshTally } from '../codec/tally.ts';
import type { Store } from './store.ts';
import type { Change, Subject } from './subject.ts';
import { changeBy, duePlace } from './subject.ts';

type SettleParams = Parameters<DeliveryLog['settle']>[0];
type Verdict = 'settled' | 'stale';

/** Adds the outcomes of deliveries, and lets the next of an order key go. */
export class Settler {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** See `DeliveryLog.settle`. Settlements outlast a failed write: they are written again once the log is open. */
  async settle({ settlements, now }: SettleParams): Promise<readonly Verdict[]> {
    // Before anything changes: half a call must not be taken.
    for (const { event } of settlements) checkEvent(event);
    const verdicts: Verdict[] = [];
    const waits: Promise<unknown>[] = [];
    for (const settlement of settlements) {
      const subject = this.#take(settlement);
      verdicts.push(subject === null ? 'stale' : 'settled');
      const wait =
        subject === null ? this.#settleRecalled(settlement) : this.#add(subject, settlement.event, now);
      waits.push(wait);
    }
    const [only] = waits;
    if (waits.length > 1) await Promise.all(waits);
    else if (only !== undefined) await only;
    return verdicts;
  }

  /** Ends the lease and reserves its webhook; null: the lease had been lost. */
  #take({ lease }: Settlement): Subject | null {
    const { holds } = this.#engine;
    const hold = holds.get(lease.id);
    if (hold?.kind !== 'leased' || hold.token !== lease.token) return null;
    holds.reserve(hold.subject);
    return hold.subject;
  }

  #add(subject: Subject, event: WebhookEvent, now: number): Promise<void> {
    if (subject.orderHash !== null && event.then.state !== 'pending') {
      return finishOrdered(this.#engine, { subject, event, now, pace: 'unsynced' });
    }
    const job = new ChangeJob(this.#engine, [changeBy(subject, event)], { pace: 'unsynced', survives: true });
    this.#engine.committer.enqueue(job);
    return job.done;
  }

  /** The attempt at a webhook that was cancelled meanwhile is written down; it changes nothing else. */
  async #settleRecalled({ lease, event }: Settlement): Promise<void> {
    const { holds, committer } = this.#engine;
    if (event.type !== 'attempted' || !holds.isRecalled(lease.id, lease.token)) return;
    // The cancelling itself may be on its way to the disk still.
    await holds.settled(lease.id);
    const subject = holds.takeRecalled(lease.id, lease.token);
    if (subject === null || holds.get(lease.id) !== undefined) return;
    holds.reserve(subject);
    const change = changeBy(subject, { ...event, then: { state: 'cancelled' } });
    const job = new ChangeJob(this.#engine, [change], { pace: 'unsynced', survives: true });
    committer.enqueue(job);
    await job.done;
  }
}

/** Fails where the table of transitions does not know the event: a mistake in this program. */
function checkEvent(event: WebhookEvent): void {
  if (isTransitionAllowed('pending', event)) return;
  throw new HookwardError('internal-error', {
    message: `a pending webhook cannot become ${event.then.state} by an event '${event.type}'`,
  });
}

/** The end of a webhook that has an order key. */
interface Finish {
  /** Reserved by the caller. */
  readonly subject: Subject;
  readonly event: WebhookEvent;
  readonly now: number;
  readonly pace: Pace;
}

/**
 * Adds the event that ends an ordered webhook and, in the same batch, makes the next of its key due. The next one's
 * story shows it as an event: put off behind its key, due now.
 */
export async function finishOrdered(engine: Engine, finish: Finish): Promise<void> {
  const { subject } = finish;
  const hash = subject.orderHash;
  if (hash === null) throw new TypeError('the webhook has no order key');
  const place = { routeNo: subject.routeNo, hash };
  try {
    // In a box: a promise handed out of `decide` would be waited for inside it.
    const { written } = await engine.readWhenOpen((store) =>
      engine.orders.decide(place, store, async (view) => ({
        written: enqueueFinish(engine, finish, view, await nextOf(engine, { store, view, finish })),
      })),
    );
    await written();
  } catch (error) {
    if (isLogError(error)) engine.holds.release(subject.id);
    throw error;
  }
}

/** The change that lets the next of the key go, where one waits. */
async function nextOf(
  engine: Engine,
  { store, view, finish }: { readonly store: Store; readonly view: OrderView; readonly finish: Finish },
): Promise<{ readonly change: Change; readonly note: OrderNote } | null> {
  const { subject, now } = finish;
  const next = view.earliest(subject.id);
  if (next === null || next.fallbackAt <= now || view.isPromoted(next.id)) return null;
  const { id, receivedAt, fallbackAt } = next;
  const { routeNo, orderHash } = subject;
  const due = duePlace({ id, routeNo }, 0, { lane: 'live', dueAt: fallbackAt });
  // Its due entry is gone where it has been tried, put off or let go before.
  if (!next.unwritten && !(await store.has(due.key))) return null;
  if (engine.holds.get(id) !== undefined) return null;
  const waiting: Subject = {
    id,
    routeNo,
    receivedAt,
    orderHash,
    eventNo: 0,
    state: 'pending',
    tally: freshTally(receivedAt),
    due,
  };
  const change = changeBy(waiting, {
    type: 'deferred',
    at: now,
    why: 'behind-its-key',
    then: { state: 'pending', dueAt: now, lane: 'live' },
  });
  return { change, note: view.promoted({ id, since: 0 }) };
}

function enqueueFinish(
  engine: Engine,
  { subject, event, pace }: Finish,
  view: OrderView,
  next: Awaited<ReturnType<typeof nextOf>>,
): () => Promise<void> {
  const changes = [changeBy(subject, event)];
  const notes = [view.removed({ id: subject.id, since: subject.tally.since })];
  if (next !== null) {
    engine.holds.reserve(next.change.subject);
    changes.push(next.change);
    notes.push(next.note);
  }
  const job = new ChangeJob(engine, changes, { pace, survives: true, notes });
  engine.committer.enqueue(job);
  return () => job.done;
}
