import type { WebhookId } from '../../core/ids.ts';
import { makeRecord } from '../codec/record.ts';
import { ChangeJob } from './changeJob.ts';
import type { Engine } from './engine.ts';
import type { Deletion } from './job.ts';
import { quarantineKey } from './keys.ts';
import { readLastEvent } from './records.ts';
import type { Store } from './store.ts';
import type { DuePlace } from './subject.ts';
import { dueDeletion, stateDeletion, unreadSubject } from './subject.ts';

/** The index entries of a pending webhook: its last event, where it has one, says under which numbers they stand. */
async function entriesOf(store: Store, id: WebhookId, place: DuePlace): Promise<Deletion[]> {
  const last = await readLastEvent(store, place.routeNo, id);
  const state = stateDeletion('pending', id, last?.head?.tally.since ?? 0);
  const due = dueDeletion(place.key);
  return (await store.has(state.key)) ? [due, state] : [due];
}

/**
 * Sets a pending webhook aside whose envelope cannot be read: it can never be delivered, and must not be claimed for
 * ever. Its due and pending entries go, a mark stays, and so does what is left of its records, for whoever wants to
 * look. It is counted as pending no more. The caller has reserved it.
 */
export async function quarantine(
  engine: Engine,
  store: Store,
  { id, place }: { readonly id: WebhookId; readonly place: DuePlace | null },
): Promise<void> {
  const hold = engine.holds.get(id);
  const routeNo = place?.routeNo ?? hold?.subject.routeNo ?? 0;
  const subject = unreadSubject(id, routeNo, null);
  const isKnown = await store.has(quarantineKey(id));
  const change = {
    records: isKnown ? [] : [makeRecord(quarantineKey(id), Buffer.alloc(0))],
    deletions: place === null ? [] : await entriesOf(store, id, place),
    transition: {
      id,
      routeNo,
      // Set aside before, it is not counted any more.
      from: isKnown ? null : ('pending' as const),
      to: null,
      sequence: 0,
      receivedAt: 0,
      unindexed: false,
    },
    due: null,
    subject,
  };
  const job = new ChangeJob(engine, [change], { pace: 'unsynced', survives: !isKnown });
  engine.committer.enqueue(job);
  job.done.catch(() => undefined);
  engine.observer.noticed({
    code: 'record-unreadable',
    text: `webhook ${id} cannot be read and has been set aside; it will not be delivered`,
  });
}
