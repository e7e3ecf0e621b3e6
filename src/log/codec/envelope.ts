import type { WebhookId } from '../../core/ids.ts';
import type { SenderFinding, SenderName, SenderVerdict } from '../../core/senders.ts';
import type { Webhook, WebhookMethod } from '../../core/webhook.ts';
import { ByteReader, entryOf } from './bytes.ts';
import { packTexts, readTexts, textAt, writeTexts } from './texts.ts';

/**
 * A webhook as it arrived. Binary, since every webhook passes here twice: numbers, then all texts in one run, then the
 * body's bytes to the end. The id stands in the key. The route's name is kept here too, beside its number: a lost entry of
 * the dictionary of routes must not make its webhooks unreadable.
 */
export interface Envelope {
  readonly webhook: Webhook;
  readonly routeNo: number;
  /** Counts envelopes without a gap, in the order in which they were written. */
  readonly sequence: number;
  /** When a webhook without events is due: its arrival, or the end of its wait behind its order key. */
  readonly firstDueAt: number;
}

const methods: readonly WebhookMethod[] = ['GET', 'POST'];
const schemes = ['http', 'https'] as const;

const fixedBytes = 8 + 8 + 8 + 2 + 1 + 1;
/** route, target, ip, bot, user, orderKey; the headers follow. */
const namedTexts = 6;
/** Set in the byte of the scheme where sender, verdict and dedupeKey stand between the named texts and the headers. */
const furtherFlag = 0x80;
const furtherTexts = 3;
/** Set beside it where the event's id follows these. Formats 1 and 2 do not have it. */
const eventFlag = 0x40;
const noFurther: readonly (string | null)[] = [];

/** An envelope measured, so that its record can be made in one allocation. */
export interface PackedEnvelope {
  readonly bytes: number;
  write(target: Buffer, at: number): void;
}

/** What only webhooks of a route with a sender or with dedupe have. */
function furtherOf({ sender, dedupeKey, eventId }: Webhook): readonly (string | null)[] {
  if (sender === null && dedupeKey === null && eventId === null) return noFurther;
  const texts = [sender?.sender ?? null, sender?.verdict ?? null, dedupeKey];
  return eventId === null ? texts : [...texts, eventId];
}

/** The bits beside the scheme that say which further texts there are. */
function flagsOf(further: readonly (string | null)[]): number {
  if (further === noFurther) return 0;
  return further.length > furtherTexts ? furtherFlag | eventFlag : furtherFlag;
}

/** Measures an envelope for writing. */
export function packEnvelope(envelope: Envelope): PackedEnvelope {
  const { webhook } = envelope;
  const { request } = webhook;
  const further = furtherOf(webhook);
  const texts = packTexts([
    webhook.route,
    request.target,
    request.ip,
    webhook.bot,
    webhook.user,
    webhook.orderKey,
    ...further,
    ...request.headers,
  ]);
  return {
    bytes: fixedBytes + texts.bytes + request.body.length,
    write(target, at) {
      target.writeDoubleLE(envelope.sequence, at);
      target.writeDoubleLE(webhook.receivedAt, at + 8);
      target.writeDoubleLE(envelope.firstDueAt, at + 16);
      target.writeUInt16LE(envelope.routeNo, at + 24);
      target[at + 26] = methods.indexOf(request.method);
      target[at + 27] = schemes.indexOf(request.scheme) | flagsOf(further);
      target.set(request.body, writeTexts(target, at + fixedBytes, texts));
    },
  };
}

/** The finding that two texts stand for. They were checked when they were written: a name is not held against a list. */
function findingOf(sender: string | null, verdict: string | null): SenderFinding | null {
  if (sender === null || verdict === null) return null;
  return { sender: sender as SenderName, verdict: verdict as SenderVerdict };
}

/** How many further texts stand before the headers. */
function furtherCount(flags: number): number {
  if ((flags & furtherFlag) === 0) return 0;
  return (flags & eventFlag) === 0 ? furtherTexts : furtherTexts + 1;
}

/** Reads an envelope. The body is a view into `payload`. @throws RecordUnreadable */
export function unpackEnvelope(id: WebhookId, payload: Buffer): Envelope {
  const reader = new ByteReader(payload);
  const sequence = reader.double();
  const receivedAt = reader.double();
  const firstDueAt = reader.double();
  const routeNo = reader.uint16();
  const method = entryOf(methods, reader.uint8());
  const flags = reader.uint8();
  const scheme = entryOf(schemes, flags & ~(furtherFlag | eventFlag));
  const texts = readTexts(reader);
  const headers: string[] = [];
  const headersFrom = namedTexts + furtherCount(flags);
  for (let index = headersFrom; index < texts.length; index++) headers.push(textAt(texts, index));
  const request = {
    method,
    target: textAt(texts, 1),
    headers,
    body: reader.rest(),
    ip: textAt(texts, 2),
    scheme,
  };
  const [, , , bot = null, user = null, orderKey = null] = texts;
  const [senderName = null, verdict = null, dedupeKey = null, eventId = null] =
    headersFrom === namedTexts ? noFurther : texts.slice(namedTexts, headersFrom);
  const sender = findingOf(senderName, verdict);
  const webhook = {
    id,
    route: textAt(texts, 0),
    receivedAt,
    request,
    bot,
    user,
    orderKey,
    sender,
    eventId,
    dedupeKey,
  };
  return { webhook, routeNo, sequence, firstDueAt };
}
