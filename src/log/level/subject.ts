import type { WebhookId } from '../../core/ids.ts';
import type { DeadReason, Lane, Standing, WebhookEvent, WebhookState } from '../../core/state.ts';
import { ByteReader, entryOf } from '../codec/bytes.ts';
import { reasonCodes } from '../codec/event.ts';
import type { Tally } from '../codec/event.ts';
import { packEvent } from '../codec/event.ts';
import { frameBytes, makeRecord, newRecord, payloadAt, sealRecord } from '../codec/record.ts';
import type { SealedRecord } from '../codec/record.ts';
import { addToTally, emptyTally } from '../codec/tally.ts';
import type { Transition } from './head.ts';
import type { Deletion } from './job.ts';
import { dedupeEntryKey, dueKey, eventKeyBytes, orderEntryKey, stateKey, writeEventKey } from './keys.ts';

/** What must be known of a webhook to add an event to it. */
export interface Subject {
  readonly id: WebhookId;
  readonly routeNo: number;
  readonly receivedAt: number;
  /** What stands for its order key in the index of orders; null: it has none. */
  readonly orderHash: Buffer | null;
  /** The number of its last event; 0: it has none. */
  readonly eventNo: number;
  readonly state: WebhookState;
  readonly tally: Tally;
  /** Its due entry; null: it is not pending, or nothing but memory says so. */
  readonly due: DuePlace | null;
}

/** Where a due entry stands. */
export interface DuePlace {
  readonly routeNo: number;
  readonly lane: Lane;
  readonly dueAt: number;
  readonly key: Buffer;
}

/** Stands for a pending webhook whose records have not been read, or cannot be. */
export function unreadSubject(id: WebhookId, routeNo: number, due: DuePlace | null): Subject {
  return {
    id,
    routeNo,
    receivedAt: 0,
    orderHash: null,
    eventNo: 0,
    state: 'pending',
    tally: emptyTally,
    due,
  };
}

/** What one event does to the log's records. */
export interface Change {
  readonly records: readonly SealedRecord[];
  readonly deletions: readonly Deletion[];
  readonly transition: Transition;
  /** The due entry that it puts. */
  readonly due: DuePlace | null;
  /** The webhook after it. */
  readonly subject: Subject;
}

const nothing = Buffer.alloc(0);
/** routeNo, reason. */
const stateValueBytes = 3;
/** fallbackAt, receivedAt. */
const orderValueBytes = 16;

/** The due entry of a webhook, put by its event `eventNo`. */
export function duePlace(
  subject: Pick<Subject, 'id' | 'routeNo'>,
  eventNo: number,
  { lane, dueAt }: { readonly lane: Lane; readonly dueAt: number },
): DuePlace {
  const { id, routeNo } = subject;
  return { routeNo, lane, dueAt, key: dueKey(routeNo, lane, { dueAt, id, eventNo }) };
}

/** The record of a due entry: the key says it all. */
export function dueRecord(place: DuePlace): SealedRecord {
  return makeRecord(place.key, nothing);
}

export function dueDeletion(key: Buffer): Deletion {
  return { key, valueBytes: frameBytes };
}

/** The entry by which webhooks of one state are found; `since`: the event that brought the state. */
export function stateRecord(
  subject: Pick<Subject, 'id' | 'routeNo'>,
  since: number,
  standing: Standing,
): SealedRecord {
  const payload = Buffer.allocUnsafe(stateValueBytes);
  payload.writeUInt16LE(subject.routeNo, 0);
  payload[2] = standing.state === 'dead' ? reasonCodes.indexOf(standing.reason) : 0;
  return makeRecord(stateKey(standing.state, subject.id, since), payload);
}

/** Reads what `stateRecord` wrote; `reason` counts for dead ones. @throws RecordUnreadable */
export function unpackState(payload: Buffer): { readonly routeNo: number; readonly reason: DeadReason } {
  const reader = new ByteReader(payload);
  return { routeNo: reader.uint16(), reason: entryOf(reasonCodes, reader.uint8()) };
}

export function stateDeletion(state: WebhookState, id: WebhookId, since: number): Deletion {
  return { key: stateKey(state, id, since), valueBytes: stateValueBytes + frameBytes };
}

/** A pending webhook of an order key. */
export interface OrderFacts {
  readonly receivedAt: number;
  /** It waits behind another and is let past then; 0: it does not wait. */
  readonly fallbackAt: number;
}

/** The entry that says that a webhook of an order key is pending; `since`: the event that made it so. */
export function orderRecord(
  subject: Pick<Subject, 'id' | 'routeNo' | 'receivedAt'>,
  hash: Buffer,
  { since, fallbackAt }: { readonly since: number; readonly fallbackAt: number },
): SealedRecord {
  const payload = Buffer.allocUnsafe(orderValueBytes);
  payload.writeDoubleLE(fallbackAt, 0);
  payload.writeDoubleLE(subject.receivedAt, 8);
  return makeRecord(orderEntryKey(subject.routeNo, hash, { id: subject.id, since }), payload);
}

/** Reads what `orderRecord` wrote. @throws RecordUnreadable */
export function unpackOrder(payload: Buffer): OrderFacts {
  const reader = new ByteReader(payload);
  return { fallbackAt: reader.double(), receivedAt: reader.double() };
}

/** The entry by which a webhook is found by its event id, and copies of it are known: the key says it all. */
export function dedupeRecord({ id, routeNo }: Pick<Subject, 'id' | 'routeNo'>, hash: Buffer): SealedRecord {
  return makeRecord(dedupeEntryKey(routeNo, hash, id), nothing);
}

function eventRecord(
  { id, routeNo }: Subject,
  eventNo: number,
  event: WebhookEvent,
  tally: Tally,
): SealedRecord {
  const packed = packEvent({ event, tally });
  const buffer = newRecord(eventKeyBytes, packed.bytes);
  writeEventKey(buffer, { routeNo, id, eventNo });
  packed.write(buffer, payloadAt(eventKeyBytes));
  return sealRecord(buffer, eventKeyBytes);
}

/** The index entries that a webhook's present state has on disk. */
function removeOldEntries(subject: Subject, staysInState: boolean, deletions: Deletion[]): void {
  const { id, state, tally, due } = subject;
  if (due !== null) deletions.push(dueDeletion(due.key));
  if (staysInState || state === 'delivered') return;
  // A pending webhook that only memory knew of has no entry.
  if (state !== 'pending' || due !== null) deletions.push(stateDeletion(state, id, tally.since));
  if (state === 'pending' && subject.orderHash !== null) {
    deletions.push({
      key: orderEntryKey(subject.routeNo, subject.orderHash, { id, since: tally.since }),
      valueBytes: orderValueBytes + frameBytes,
    });
  }
}

/**
 * What `event` does to a webhook: its record, the index entries that go and those that come. A delivery at the first try
 * is one record and nothing else. The caller has made sure that the table of transitions allows the event.
 */
export function changeBy(subject: Subject, event: WebhookEvent): Change {
  const { id, routeNo, receivedAt, orderHash, state } = subject;
  const { then } = event;
  const eventNo = subject.eventNo + 1;
  const tally = addToTally(subject.tally, state, event, eventNo);
  const records = [eventRecord(subject, eventNo, event, tally)];
  const deletions: Deletion[] = [];
  const staysInState = then.state === state;
  removeOldEntries(subject, staysInState, deletions);
  let due: DuePlace | null = null;
  if (then.state === 'pending') {
    due = duePlace(subject, eventNo, then);
    records.push(dueRecord(due));
    if (!staysInState || subject.due === null) records.push(stateRecord(subject, tally.since, then));
    if (!staysInState && orderHash !== null) {
      records.push(orderRecord(subject, orderHash, { since: tally.since, fallbackAt: 0 }));
    }
  } else if (then.state !== 'delivered' && !staysInState) {
    records.push(stateRecord(subject, tally.since, then));
  }
  const transition = { id, routeNo, from: state, to: then.state, sequence: 0, receivedAt, unindexed: false };
  const after: Subject = { id, routeNo, receivedAt, orderHash, eventNo, state: then.state, tally, due };
  return { records, deletions, transition, due, subject: after };
}
