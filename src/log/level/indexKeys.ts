import type { Envelope } from '../codec/envelope.ts';
import { dedupeEntryKey, dedupeHash, orderEntryKey, stateKey } from './keys.ts';
import type { LastEvent } from './records.ts';
import { standingOf, subjectOf } from './records.ts';

/** An entry of an index. */
export interface IndexKey {
  readonly space: 'due' | 'state' | 'order' | 'dedupe';
  readonly key: Buffer;
}

/** All index entries that a webhook asks for as it stands. Those of its arrival are there only where it is no longer in flight. */
export function indexKeysOf(envelope: Envelope, last: LastEvent | null): readonly IndexKey[] {
  const subject = subjectOf(envelope, last);
  const { id, routeNo, tally, due, orderHash } = subject;
  const { state } = standingOf(envelope, last?.head ?? null);
  const keys: IndexKey[] = [];
  if (due !== null) keys.push({ space: 'due', key: due.key });
  if (state !== 'delivered') keys.push({ space: 'state', key: stateKey(state, id, tally.since) });
  if (state === 'pending' && orderHash !== null) {
    keys.push({ space: 'order', key: orderEntryKey(routeNo, orderHash, { id, since: tally.since }) });
  }
  const dedupe = dedupeHash(envelope.webhook);
  if (dedupe !== null) keys.push({ space: 'dedupe', key: dedupeEntryKey(routeNo, dedupe, id) });
  return keys;
}
