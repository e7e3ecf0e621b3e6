import type { WebhookId } from '../../core/ids.ts';
import type { WebhookState } from '../../core/state.ts';
import { unpackEnvelope } from '../codec/envelope.ts';
import type { EventHead } from '../codec/event.ts';
import { unpackEventHead } from '../codec/event.ts';
import type { Deletion } from './job.ts';
import {
  dedupeEntryKey,
  dedupeHash,
  duplicatesRange,
  envelopeKey,
  eventsRange,
  keyAfter,
  quarantineKey,
  stateKey,
} from './keys.ts';
import type { KeyRange } from './keys.ts';
import type { Entry, Store } from './store.ts';

/** Records are read in pages of this many. */
const pageMax = 100;

/** What is left of a webhook, for its removal. */
export interface Remains {
  readonly id: WebhookId;
  readonly routeNo: number;
  readonly receivedAt: number;
  readonly sequence: number;
  /** Null: nothing of it can be read. */
  readonly state: WebhookState | null;
  readonly endedAt: number;
  readonly deletions: readonly Deletion[];
  readonly bytes: number;
}

function deletionOf({ key, value }: Entry): Deletion {
  return { key, valueBytes: value.length };
}

function bytesOf(deletions: readonly Deletion[]): number {
  return deletions.reduce((sum, { key, valueBytes }) => sum + key.length + valueBytes, 0);
}

/** Everything in a range, page by page. */
async function entriesOf(store: Store, range: KeyRange): Promise<Entry[]> {
  const entries: Entry[] = [];
  let { gte } = range;
  for (;;) {
    const page = await store.page({ gte, lt: range.lt }, { limit: pageMax });
    const last = page.at(-1);
    if (last === undefined) return entries;
    entries.push(...page);
    gte = keyAfter(last.key);
  }
}

/** The record at `key`, where there is one. */
function entryAt(store: Store, key: Buffer): Promise<Entry | null> {
  return store.first({ gte: key, lt: keyAfter(key) });
}

/** All records of a webhook; null: it is not there, or has no event yet that can be read, and so is not over. */
export async function readRemains(
  store: Store,
  id: WebhookId,
  routeNumbers: Iterable<number>,
): Promise<Remains | null> {
  const key = envelopeKey(id);
  const entry = await entryAt(store, key);
  if (entry === null) return null;
  const envelope = store.decode(key, store.open(entry), (payload) => unpackEnvelope(id, payload));
  if (envelope === null) return readUnreadable(store, id, { envelope: entry, routeNumbers });
  const { routeNo, webhook, sequence } = envelope;
  const deletions = [deletionOf(entry)];
  let head: EventHead | null = null;
  for (const event of await entriesOf(store, eventsRange(routeNo, id, id))) {
    deletions.push(deletionOf(event));
    head = store.decode(event.key, store.open(event), unpackEventHead) ?? head;
  }
  if (head === null) return null;
  const { state } = head.standing;
  const indexed: Buffer[] = [];
  if (state === 'dead' || state === 'cancelled') indexed.push(stateKey(state, id, head.tally.since));
  const hash = dedupeHash(webhook);
  if (hash !== null) {
    indexed.push(dedupeEntryKey(routeNo, hash, id));
    deletions.push(...(await entriesOf(store, duplicatesRange(id))).map(deletionOf));
  }
  for (const its of indexed) {
    const found = await entryAt(store, its);
    if (found !== null) deletions.push(deletionOf(found));
  }
  const { receivedAt } = webhook;
  const bytes = bytesOf(deletions);
  return { id, routeNo, receivedAt, sequence, state, endedAt: head.at, deletions, bytes };
}

/**
 * What is left of a webhook whose envelope cannot be read. Its entry in the index of dedupe keys cannot be told and
 * stays: it makes nothing a copy, since nothing can be read behind it.
 */
async function readUnreadable(
  store: Store,
  id: WebhookId,
  { envelope, routeNumbers }: { readonly envelope: Entry; readonly routeNumbers: Iterable<number> },
): Promise<Remains> {
  const entries = [envelope];
  for (const routeNo of routeNumbers) entries.push(...(await entriesOf(store, eventsRange(routeNo, id, id))));
  entries.push(...(await entriesOf(store, duplicatesRange(id))));
  const mark = await entryAt(store, quarantineKey(id));
  if (mark !== null) entries.push(mark);
  const deletions = entries.map(deletionOf);
  const bytes = bytesOf(deletions);
  return { id, routeNo: 0, receivedAt: 0, sequence: Infinity, state: null, endedAt: 0, deletions, bytes };
}
