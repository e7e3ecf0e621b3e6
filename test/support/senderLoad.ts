// Load with a ledger: many connections that send one webhook after another, and note of each what was sent and what was
// promised in return. A promise is an answer that was received whole; anything less is none.
import { createHash } from 'node:crypto';
import type { Random } from '../../src/core/random.ts';
import { NoAnswerError, openConnection, requestBytes } from './sender.ts';
import type { RawAnswer, RawConnection, RequestParams } from './sender.ts';
import { waitFor } from './waitFor.ts';

/** One webhook as it was sent, and what came back. */
export interface SentLine {
  /** Numbers what a load sends, from 0; stands in every target. */
  readonly number: number;
  readonly method: string;
  readonly target: string;
  /** The sender's own headers, names and values by turns. */
  readonly headers: readonly string[];
  readonly bodySha256: string;
  readonly bodyBytes: number;
  /** Null while it is under way; `none`: no whole answer came, so nothing was promised. */
  outcome: RawAnswer | 'none' | null;
}

/** A load that runs. */
export interface Load {
  readonly ledger: readonly SentLine[];
  /** Sends nothing new; resolves when what is under way has ended. */
  stop(): Promise<void>;
}

/** How a load is made. */
export interface LoadParams {
  /** Where to send to now; null while nobody is there, which the senders wait out. */
  readonly url: () => string | null;
  /** Senders that run at once, each over a connection of its own. */
  readonly senders: number;
  readonly random: Random;
  /** What to send as number `number`; the target must name the number (`targetOf`). */
  readonly make: (number: number, random: Random) => RequestParams;
  /** Ends the load after so many; endless where it is not given. */
  readonly count?: number;
  readonly answerDeadlineMs?: number;
}

/** A webhook of any size (mostly small, at most `bodyBytesMax`), GET or POST, with repeated and oddly-cased headers. */
export function someWebhook(
  path: string,
  number: number,
  random: Random,
  bodyBytesMax = 60_000,
): RequestParams {
  const target = `${path}?&n=${number}&command=%2FonWebhook&a=%20+`;
  const headers = [
    'X-Load',
    String(number),
    'x-oDD',
    'one',
    'X-Odd',
    'two',
    'Content-Type',
    'application/octet-stream',
  ];
  if (random.fraction() < 0.1) return { method: 'GET', target, headers };
  const size = Math.floor(bodyBytesMax * random.fraction() ** 6);
  return { method: 'POST', target, headers, body: random.bytes(size) };
}

/** The number that a target of `someWebhook` names; null where it names none. */
export function numberIn(target: string): number | null {
  const match = /[?&]n=(\d+)&/.exec(target);
  return match === null ? null : Number(match[1]);
}

/** Whether a webhook was promised to be delivered: any whole answer of 2xx. */
export function isPromised({ outcome }: SentLine): boolean {
  return (
    outcome !== null &&
    outcome !== 'none' &&
    outcome.complete &&
    outcome.status >= 200 &&
    outcome.status < 300
  );
}

/** Starts a load. */
export function startLoad(params: LoadParams): Load {
  const ledger: SentLine[] = [];
  let stopping = false;
  const next = (): { line: SentLine; bytes: Buffer } | null => {
    if (stopping || ledger.length >= (params.count ?? Infinity)) return null;
    const number = ledger.length;
    const request = params.make(number, params.random);
    const { method = 'POST', target, headers = [], body = '' } = request;
    const bodySha256 = createHash('sha256').update(body).digest('hex');
    const bodyBytes = Buffer.byteLength(body);
    const line: SentLine = { number, method, target, headers, bodySha256, bodyBytes, outcome: null };
    ledger.push(line);
    return { line, bytes: requestBytes(request) };
  };
  const senders = Array.from({ length: params.senders }, () => send(params, next, () => stopping));
  return {
    ledger,
    async stop() {
      stopping = true;
      await Promise.all(senders);
    },
  };
}

/** Resolves when every webhook of a counted load has been sent and answered. */
export function loadEnded(load: Load, count: number, deadlineMs: number): Promise<true> {
  return waitFor(
    `${count} webhooks to be sent and answered`,
    () => load.ledger.length === count && load.ledger.every(({ outcome }) => outcome !== null),
    deadlineMs,
  );
}

async function send(
  { url, answerDeadlineMs = 30_000 }: LoadParams,
  next: () => { line: SentLine; bytes: Buffer } | null,
  isStopping: () => boolean,
): Promise<void> {
  let connection: RawConnection | null = null;
  for (;;) {
    const at = await waitFor('an address to send to', () => url() ?? isStopping(), 120_000);
    if (at === true) break;
    try {
      if (connection === null || connection.ended()) connection = await openConnection(at);
    } catch {
      // Nobody listens: nothing was sent, so there is nothing to note.
      connection = null;
      if (isStopping()) break;
      await new Promise((resolve) => setImmediate(resolve));
      continue;
    }
    const webhook = next();
    if (webhook === null) break;
    try {
      connection.socket.write(webhook.bytes);
      webhook.line.outcome = await connection.answer(webhook.line.method, answerDeadlineMs);
      if (!webhook.line.outcome.complete) connection.destroy();
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error;
      webhook.line.outcome = 'none';
      connection.destroy();
      connection = null;
    }
  }
  connection?.destroy();
}
