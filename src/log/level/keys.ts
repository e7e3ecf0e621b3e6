import { createHash, hash as digest } from 'node:crypto';
import type { WebhookId } from '../../core/ids.ts';
import type { Lane, WebhookState } from '../../core/state.ts';
import type { Webhook } from '../../core/webhook.ts';
import { laneCodes, stateCodes } from '../codec/event.ts';
import { idBytes, readId, writeId } from '../codec/ids.ts';

/**
 * The key spaces of the log, one prefix byte each. No key is ever written a second time: entries bear the number of the
 * event that made them, so that each is put once and deleted once and compaction cannot bring an old value back.
 *
 *     head        prefix  number(6)
 *     route       prefix  routeNo(2)
 *     envelope    prefix  id(16)
 *     event       prefix  routeNo(2)  id(16)  eventNo(4)          lists a route for nothing
 *     duplicate   prefix  id(16)      number(4)                   a copy that was not written
 *     due         prefix  routeNo(2)  lane(1) dueAt(6) id(16) eventNo(4)
 *     state       prefix  state(1)    id(16)  eventNo(4)          pending (once it is an exception), dead, cancelled
 *     order       prefix  routeNo(2)  hash(8) id(16)  eventNo(4)
 *     dedupe      prefix  event(8)    routeNo(2) key(16) id(16)   put and deleted with its envelope; finds both by
 *                                                                 event id and by dedupe key
 *     dedupe2     what format 2 had in its place; goes at the first opening
 *     quarantine  prefix  id(16)
 *     access      prefix  kind(1)     hash(16) version(6)
 *     audit       prefix  number(6)
 */
export const spaces = {
  head: 0x01,
  route: 0x02,
  envelope: 0x10,
  event: 0x11,
  duplicate: 0x12,
  due: 0x20,
  state: 0x21,
  order: 0x22,
  dedupe2: 0x23,
  dedupe: 0x24,
  quarantine: 0x30,
  access: 0x40,
  audit: 0x41,
} as const;

const numberMax = 2 ** 48 - 1;
const eventNoBytes = 4;

export const envelopeKeyBytes = 1 + idBytes;
export const eventKeyBytes = 1 + 2 + idBytes + eventNoBytes;

/** Half-open: `gte` belongs to it, `lt` does not. */
export interface KeyRange {
  readonly gte: Buffer;
  readonly lt: Buffer;
}

/** All that there is. */
export const everything: KeyRange = { gte: Buffer.of(0), lt: Buffer.alloc(64, 0xff) };

/** The range of all keys that begin with `prefix` (whose last byte is below 0xff, or which has a byte that is). */
function prefixRange(prefix: Buffer): KeyRange {
  const lt = Buffer.from(prefix);
  let last = lt.length - 1;
  while (last > 0 && lt[last] === 0xff) last--;
  lt[last] = (lt[last] ?? 0) + 1;
  return { gte: prefix, lt: lt.subarray(0, last + 1) };
}

/** Webhook ids: `from` and those after it, below `before`; null: no bound. */
export interface IdSpan {
  readonly from: WebhookId | null;
  readonly before: WebhookId | null;
}

export const allIds: IdSpan = { from: null, before: null };

/** The part of the keys behind `prefix` that belongs to a span; `keyOf` gives the least key of an id. */
function spanRange(prefix: Buffer, { from, before }: IdSpan, keyOf: (id: WebhookId) => Buffer): KeyRange {
  const { gte, lt } = prefixRange(prefix);
  return { gte: from === null ? gte : keyOf(from), lt: before === null ? lt : keyOf(before) };
}

export function spaceRange(space: keyof typeof spaces): KeyRange {
  return { gte: Buffer.of(spaces[space]), lt: Buffer.of(spaces[space] + 1) };
}

/** The least key after `key`. */
export function keyAfter(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.of(0)]);
}

function numberedKey(space: number, value: number): Buffer {
  const key = Buffer.allocUnsafe(7);
  key[0] = space;
  key.writeUIntBE(value, 1, 6);
  return key;
}

export function headKey(number: number): Buffer {
  return numberedKey(spaces.head, number);
}

export function auditKey(number: number): Buffer {
  return numberedKey(spaces.audit, number);
}

/** The number that a key of `headKey` or `auditKey` bears. */
export function numberOfKey(key: Buffer): number {
  return key.readUIntBE(1, 6);
}

export function routeKey(routeNo: number): Buffer {
  const key = Buffer.allocUnsafe(3);
  key[0] = spaces.route;
  key.writeUInt16BE(routeNo, 1);
  return key;
}

/** Writes an envelope's key at the start of `target`. */
export function writeEnvelopeKey(target: Buffer, id: WebhookId): void {
  target[0] = spaces.envelope;
  writeId(target, 1, id);
}

export function envelopeKey(id: WebhookId): Buffer {
  const key = Buffer.allocUnsafe(envelopeKeyBytes);
  writeEnvelopeKey(key, id);
  return key;
}

export function envelopesRange(span: IdSpan): KeyRange {
  return spanRange(Buffer.of(spaces.envelope), span, envelopeKey);
}

export function idOfEnvelopeKey(key: Buffer): WebhookId {
  return readId(key, 1);
}

export function quarantineKey(id: WebhookId): Buffer {
  const key = Buffer.allocUnsafe(1 + idBytes);
  key[0] = spaces.quarantine;
  writeId(key, 1, id);
  return key;
}

/** Which event of which webhook. */
export interface EventAddress {
  readonly routeNo: number;
  readonly id: WebhookId;
  readonly eventNo: number;
}

/** Writes an event's key at the start of `target`. */
export function writeEventKey(target: Buffer, { routeNo, id, eventNo }: EventAddress): void {
  target[0] = spaces.event;
  target.writeUInt16BE(routeNo, 1);
  target.writeUInt32BE(eventNo, writeId(target, 3, id));
}

function eventKey(address: EventAddress): Buffer {
  const key = Buffer.allocUnsafe(eventKeyBytes);
  writeEventKey(key, address);
  return key;
}

export function parseEventKey(key: Buffer): EventAddress {
  return { routeNo: key.readUInt16BE(1), id: readId(key, 3), eventNo: key.readUInt32BE(3 + idBytes) };
}

/** All events of a route's webhooks from `first` to `last`, both included. */
export function eventsRange(routeNo: number, first: WebhookId, last: WebhookId): KeyRange {
  return {
    gte: eventKey({ routeNo, id: first, eventNo: 0 }),
    lt: eventKey({ routeNo, id: last, eventNo: 0xffff_ffff }),
  };
}

/** All events of a route's webhooks of a span. */
export function routeEventsRange(routeNo: number, span: IdSpan): KeyRange {
  const prefix = Buffer.allocUnsafe(3);
  prefix[0] = spaces.event;
  prefix.writeUInt16BE(routeNo, 1);
  return spanRange(prefix, span, (id) => eventKey({ routeNo, id, eventNo: 0 }));
}

/** When which webhook is due, by which of its events (0: its arrival). */
export interface DueEntry {
  readonly dueAt: number;
  readonly id: WebhookId;
  readonly eventNo: number;
}

const duePrefixBytes = 4;

function duePrefix(routeNo: number, lane: Lane): Buffer {
  const key = Buffer.allocUnsafe(duePrefixBytes);
  key[0] = spaces.due;
  key.writeUInt16BE(routeNo, 1);
  key[3] = laneCodes.indexOf(lane);
  return key;
}

/** The due entries of a route, lane by lane. */
export function routeDueRange(routeNo: number): KeyRange {
  return prefixRange(duePrefix(routeNo, 'live').subarray(0, duePrefixBytes - 1));
}

/** The due entries of a route's lane. */
export function dueRange(routeNo: number, lane: Lane): KeyRange {
  return prefixRange(duePrefix(routeNo, lane));
}

export function dueKey(routeNo: number, lane: Lane, { dueAt, id, eventNo }: DueEntry): Buffer {
  const key = Buffer.allocUnsafe(duePrefixBytes + 6 + idBytes + eventNoBytes);
  key[0] = spaces.due;
  key.writeUInt16BE(routeNo, 1);
  key[3] = laneCodes.indexOf(lane);
  // Rounded up: a webhook is never given out before its time.
  key.writeUIntBE(Math.min(numberMax, Math.max(0, Math.ceil(dueAt))), duePrefixBytes, 6);
  key.writeUInt32BE(eventNo, writeId(key, duePrefixBytes + 6, id));
  return key;
}

export function parseDueKey(key: Buffer): DueEntry {
  return {
    dueAt: key.readUIntBE(duePrefixBytes, 6),
    id: readId(key, duePrefixBytes + 6),
    eventNo: key.readUInt32BE(duePrefixBytes + 6 + idBytes),
  };
}

export function stateKey(state: WebhookState, id: WebhookId, eventNo: number): Buffer {
  const key = Buffer.allocUnsafe(2 + idBytes + eventNoBytes);
  key[0] = spaces.state;
  key[1] = stateCodes.indexOf(state);
  key.writeUInt32BE(eventNo, writeId(key, 2, id));
  return key;
}

/** The entries of a state, for the webhooks of a span. */
export function stateRange(state: WebhookState, span: IdSpan): KeyRange {
  const prefix = Buffer.of(spaces.state, stateCodes.indexOf(state));
  return spanRange(prefix, span, (id) => stateKey(state, id, 0));
}

export function idOfStateKey(key: Buffer): WebhookId {
  return readId(key, 2);
}

const orderHashBytes = 8;

/** What stands for an order key in the index: two keys that share it (one in 2^64) merely wait for one another. */
export function orderHash(orderKey: string): Buffer {
  return createHash('sha256').update(orderKey, 'utf8').digest().subarray(0, orderHashBytes);
}

/** A pending webhook of an order key; `since`: the event that made it pending. */
export interface OrderEntry {
  readonly id: WebhookId;
  readonly since: number;
}

export function orderEntryKey(routeNo: number, hash: Buffer, { id, since }: OrderEntry): Buffer {
  const key = Buffer.allocUnsafe(3 + orderHashBytes + idBytes + eventNoBytes);
  key[0] = spaces.order;
  key.writeUInt16BE(routeNo, 1);
  hash.copy(key, 3);
  key.writeUInt32BE(since, writeId(key, 3 + orderHashBytes, id));
  return key;
}

export function orderRange(routeNo: number, hash: Buffer): KeyRange {
  const prefix = Buffer.allocUnsafe(3 + orderHashBytes);
  prefix[0] = spaces.order;
  prefix.writeUInt16BE(routeNo, 1);
  hash.copy(prefix, 3);
  return prefixRange(prefix);
}

export function parseOrderKey(key: Buffer): OrderEntry {
  return { id: readId(key, 3 + orderHashBytes), since: key.readUInt32BE(3 + orderHashBytes + idBytes) };
}

const eventHashBytes = 8;
const dedupeHashBytes = eventHashBytes + 16;
const dedupeIdAt = 1 + dedupeHashBytes + 2;

/** Writes what stands for a text; zeros for none. Taken over UTF-16: in UTF-8 all lone surrogates are one. */
function writeTextHash(target: Buffer, text: string | null): void {
  if (text === null) target.fill(0);
  else digest('sha256', Buffer.from(text, 'utf16le'), 'buffer').copy(target);
}

/** What stands for a webhook's event id and its dedupe key in the index; null: it has neither. */
export function dedupeHash({ eventId, dedupeKey }: Pick<Webhook, 'eventId' | 'dedupeKey'>): Buffer | null {
  if (eventId === null && dedupeKey === null) return null;
  const hash = Buffer.allocUnsafe(dedupeHashBytes);
  writeTextHash(hash.subarray(0, eventHashBytes), eventId);
  writeTextHash(hash.subarray(eventHashBytes), dedupeKey);
  return hash;
}

/** The route stands between the two: an event id is found in all routes, or in one. */
function writeDedupePrefix(target: Buffer, routeNo: number, hash: Buffer): void {
  target[0] = spaces.dedupe;
  hash.copy(target, 1, 0, eventHashBytes);
  target.writeUInt16BE(routeNo, 1 + eventHashBytes);
  hash.copy(target, 1 + eventHashBytes + 2, eventHashBytes);
}

/** The entry by which a webhook is found by its event id and by its dedupe key. */
export function dedupeEntryKey(routeNo: number, hash: Buffer, id: WebhookId): Buffer {
  const key = Buffer.allocUnsafe(dedupeIdAt + idBytes);
  writeDedupePrefix(key, routeNo, hash);
  writeId(key, dedupeIdAt, id);
  return key;
}

/** All webhooks of a dedupe key, by their ids. */
export function dedupeRange(routeNo: number, hash: Buffer): KeyRange {
  const prefix = Buffer.allocUnsafe(dedupeIdAt);
  writeDedupePrefix(prefix, routeNo, hash);
  return prefixRange(prefix);
}

/** All webhooks of an event id, in one route or (null) in all; not in the order of their ids. */
export function eventIdRange(eventId: string, routeNo: number | null): KeyRange {
  const prefix = Buffer.allocUnsafe(1 + eventHashBytes + (routeNo === null ? 0 : 2));
  prefix[0] = spaces.dedupe;
  writeTextHash(prefix.subarray(1, 1 + eventHashBytes), eventId);
  if (routeNo !== null) prefix.writeUInt16BE(routeNo, 1 + eventHashBytes);
  return prefixRange(prefix);
}

export function idOfDedupeKey(key: Buffer): WebhookId {
  return readId(key, dedupeIdAt);
}

/** The note of a copy of webhook `id`; notes are numbered from 0. */
export function duplicateKey(id: WebhookId, number: number): Buffer {
  const key = Buffer.allocUnsafe(1 + idBytes + 4);
  key[0] = spaces.duplicate;
  key.writeUInt32BE(number, writeId(key, 1, id));
  return key;
}

/** All notes of a webhook's copies. */
export function duplicatesRange(id: WebhookId): KeyRange {
  return { gte: duplicateKey(id, 0), lt: duplicateKey(id, 0xffff_ffff) };
}

export function numberOfDuplicateKey(key: Buffer): number {
  return key.readUInt32BE(1 + idBytes);
}

const accessHashBytes = 16;
const accessKinds = ['whitelist', 'ban'] as const;

/** All versions of one access entry. */
export function accessRange(kind: 'whitelist' | 'ban', address: string): KeyRange {
  const hash = createHash('sha256').update(address, 'utf8').digest().subarray(0, accessHashBytes);
  return prefixRange(Buffer.concat([Buffer.of(spaces.access, accessKinds.indexOf(kind)), hash]));
}

export function accessKey(kind: 'whitelist' | 'ban', address: string, version: number): Buffer {
  const { gte } = accessRange(kind, address);
  const key = Buffer.allocUnsafe(gte.length + 6);
  gte.copy(key);
  key.writeUIntBE(version, gte.length, 6);
  return key;
}

/** The version that a key of `accessKey` bears. */
export function versionOfAccessKey(key: Buffer): number {
  return key.readUIntBE(2 + accessHashBytes, 6);
}

/** What all versions of one access entry have in common, as text. */
export function accessIdentity(key: Buffer): string {
  return key.toString('latin1', 1, 2 + accessHashBytes);
}
