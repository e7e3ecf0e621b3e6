import type { Attempt, AttemptOutcome, FailureCause } from '../../core/attempt.ts';
import type {
  DeadReason,
  DeferReason,
  Lane,
  Standing,
  WebhookEvent,
  WebhookEventType,
  WebhookState,
} from '../../core/state.ts';
import { ByteReader, entryOf } from './bytes.ts';
import type { PackedTexts } from './texts.ts';
import { packTexts, readTexts, textAt, writeTexts } from './texts.ts';

// Codes are on disk: these tables are only ever added to at their end.
export const stateCodes: readonly WebhookState[] = ['pending', 'delivered', 'dead', 'cancelled'];
export const laneCodes: readonly Lane[] = ['live', 'retry', 'replay'];
export const reasonCodes: readonly DeadReason[] = ['exhausted', 'refused', 'expired'];
const typeCodes: readonly WebhookEventType[] = ['attempted', 'deferred', 'replayed', 'cancelled', 'expired'];
const deferCodes: readonly DeferReason[] = [
  'circuit-open',
  'lane-full',
  'behind-its-key',
  'shutdown',
  'no-bot-host',
];
const causeCodes: readonly FailureCause[] = [
  'connection-refused',
  'name-not-found',
  'connect-timeout',
  'timeout',
  'connection-lost',
  'tls',
  'malformed-answer',
  'interrupted',
  'unknown',
];

/**
 * The running sum of a webhook's events, this one included. It rides in each event, so that a list or a claim reads the
 * last event of a webhook and not all of them (each may bear 64 KiB of an answer).
 */
export interface Tally {
  readonly attempts: number;
  readonly tries: number;
  readonly replay: number;
  readonly budgetFrom: number;
  /** The number of the event that brought the present state; 0: arrival. Index entries bear it. */
  readonly since: number;
  /** Of the last attempt that was answered. */
  readonly lastStatus: number | null;
  /** Of the last attempt, where it was not answered. */
  readonly lastFailure: FailureCause | null;
}

/** An event with the sum of all up to it. */
export interface TalliedEvent {
  readonly event: WebhookEvent;
  readonly tally: Tally;
}

/** What a list needs of an event. */
export interface EventHead {
  readonly at: number;
  readonly standing: Standing;
  readonly tally: Tally;
}

const headBytes = 3 + 8 + 8 + 4 * 3 + 8 + 4 + 2 + 1;
const attemptBytes = 4 + 4 + 8 + 8 + 1;
const truncatedFlag = 1;
const completeFlag = 2;

const noTexts: PackedTexts = { texts: [], joined: '', wide: false, bytes: 0 };
const noBody = new Uint8Array(0);

function standingDetail(standing: Standing): number {
  switch (standing.state) {
    case 'pending':
      return laneCodes.indexOf(standing.lane);
    case 'dead':
      return reasonCodes.indexOf(standing.reason);
    case 'delivered':
    case 'cancelled':
      return 0;
  }
}

function writeHead(target: Buffer, at: number, { event, tally }: TalliedEvent): number {
  const { then } = event;
  target[at] = typeCodes.indexOf(event.type);
  target[at + 1] = stateCodes.indexOf(then.state);
  target[at + 2] = standingDetail(then);
  target.writeDoubleLE(then.state === 'pending' ? then.dueAt : 0, at + 3);
  target.writeDoubleLE(event.at, at + 11);
  target.writeUInt32LE(tally.attempts, at + 19);
  target.writeUInt32LE(tally.tries, at + 23);
  target.writeUInt32LE(tally.replay, at + 27);
  target.writeDoubleLE(tally.budgetFrom, at + 31);
  target.writeUInt32LE(tally.since, at + 39);
  target.writeUInt16LE(tally.lastStatus ?? 0, at + 43);
  target[at + 45] = tally.lastFailure === null ? 0 : causeCodes.indexOf(tally.lastFailure) + 1;
  return at + headBytes;
}

function writeAttempt(target: Buffer, at: number, attempt: Attempt): number {
  const { outcome } = attempt;
  target.writeUInt32LE(attempt.number, at);
  target.writeUInt32LE(attempt.replay, at + 4);
  target.writeDoubleLE(attempt.startedAt, at + 8);
  target.writeDoubleLE(attempt.durationMs, at + 16);
  if (outcome.kind === 'failed') {
    target[at + 24] = causeCodes.indexOf(outcome.cause) + 1;
    return at + attemptBytes;
  }
  target[at + 24] = 0;
  target.writeUInt16LE(outcome.status, at + 25);
  target[at + 27] = (outcome.bodyTruncated ? truncatedFlag : 0) | (outcome.complete ? completeFlag : 0);
  return at + attemptBytes + 3;
}

/** The texts, the body and the bytes between head and texts of an event. */
function parts(event: WebhookEvent): { texts: PackedTexts; body: Uint8Array; middleBytes: number } {
  switch (event.type) {
    case 'attempted': {
      const { outcome } = event.attempt;
      return outcome.kind === 'answered'
        ? { texts: packTexts(outcome.headers), body: outcome.body, middleBytes: attemptBytes + 3 }
        : { texts: packTexts([outcome.detail]), body: noBody, middleBytes: attemptBytes };
    }
    case 'deferred':
      return { texts: noTexts, body: noBody, middleBytes: 1 };
    case 'replayed':
      return { texts: packTexts([event.by, event.reason]), body: noBody, middleBytes: 4 };
    case 'cancelled':
      return { texts: packTexts([event.by, event.reason]), body: noBody, middleBytes: 0 };
    case 'expired':
      return { texts: noTexts, body: noBody, middleBytes: 0 };
  }
}

/** An event measured, so that its record can be made in one allocation. */
export interface PackedEvent {
  readonly bytes: number;
  write(target: Buffer, at: number): void;
}

/** Measures an event for writing. */
export function packEvent(tallied: TalliedEvent): PackedEvent {
  const { event } = tallied;
  const { texts, body, middleBytes } = parts(event);
  return {
    bytes: headBytes + middleBytes + texts.bytes + body.length,
    write(target, at) {
      let end = writeHead(target, at, tallied);
      if (event.type === 'attempted') end = writeAttempt(target, end, event.attempt);
      else if (event.type === 'deferred') target[end++] = deferCodes.indexOf(event.why);
      else if (event.type === 'replayed') end = target.writeUInt32LE(event.replay, end);
      if (texts !== noTexts) end = writeTexts(target, end, texts);
      target.set(body, end);
    },
  };
}

function readStanding(state: WebhookState, detail: number, dueAt: number): Standing {
  switch (state) {
    case 'pending':
      return { state, dueAt, lane: entryOf(laneCodes, detail) };
    case 'dead':
      return { state, reason: entryOf(reasonCodes, detail) };
    case 'delivered':
    case 'cancelled':
      return { state };
  }
}

function readHead(reader: ByteReader): EventHead & { readonly type: WebhookEventType } {
  const type = entryOf(typeCodes, reader.uint8());
  const state = entryOf(stateCodes, reader.uint8());
  const standing = readStanding(state, reader.uint8(), reader.double());
  const at = reader.double();
  const attempts = reader.uint32();
  const tries = reader.uint32();
  const replay = reader.uint32();
  const budgetFrom = reader.double();
  const since = reader.uint32();
  const status = reader.uint16();
  const failure = reader.uint8();
  const lastStatus = status === 0 ? null : status;
  const lastFailure = failure === 0 ? null : entryOf(causeCodes, failure - 1);
  const tally = { attempts, tries, replay, budgetFrom, since, lastStatus, lastFailure };
  return { type, at, standing, tally };
}

function readOutcome(reader: ByteReader): AttemptOutcome {
  const cause = reader.uint8();
  if (cause !== 0) {
    const [detail = null] = readTexts(reader);
    reader.end();
    return { kind: 'failed', cause: entryOf(causeCodes, cause - 1), detail: textAt([detail], 0) };
  }
  const status = reader.uint16();
  const flags = reader.uint8();
  const headers = readTexts(reader).map((_, index, texts) => textAt(texts, index));
  return {
    kind: 'answered',
    status,
    headers,
    body: reader.rest(),
    bodyTruncated: (flags & truncatedFlag) !== 0,
    complete: (flags & completeFlag) !== 0,
  };
}

/** Reads what a list needs of an event. @throws RecordUnreadable */
export function unpackEventHead(payload: Buffer): EventHead {
  const { at, standing, tally } = readHead(new ByteReader(payload));
  return { at, standing, tally };
}

/** Reads a whole event. An answer's body is a view into `payload`. @throws RecordUnreadable */
export function unpackEvent(payload: Buffer): TalliedEvent {
  const reader = new ByteReader(payload);
  const { type, at, standing: then, tally } = readHead(reader);
  switch (type) {
    case 'attempted': {
      const number = reader.uint32();
      const replay = reader.uint32();
      const startedAt = reader.double();
      const durationMs = reader.double();
      const attempt = { number, replay, startedAt, durationMs, outcome: readOutcome(reader) };
      return { event: { type, at, attempt, then }, tally };
    }
    case 'deferred': {
      const why = entryOf(deferCodes, reader.uint8());
      reader.end();
      return { event: { type, at, why, then }, tally };
    }
    case 'replayed': {
      const replay = reader.uint32();
      const texts = readTexts(reader);
      reader.end();
      return { event: { type, at, replay, by: textAt(texts, 0), reason: textAt(texts, 1), then }, tally };
    }
    case 'cancelled': {
      const texts = readTexts(reader);
      reader.end();
      return { event: { type, at, by: textAt(texts, 0), reason: textAt(texts, 1), then }, tally };
    }
    case 'expired':
      reader.end();
      return { event: { type, at, then }, tally };
  }
}
