// Sends raw bytes at a live server in front of a strict bot host, one connection after another, and has each judged.
import { connect } from 'node:net';
import { sendRequest } from '../../support/sender.ts';
import { judgeArrivals, type Way } from './judge.ts';
import { startStrictBotHost, type StrictBotHost } from './strictBotHost.ts';
import { readRequests, type WireRequest } from './wire.ts';

/** What came of one connection's bytes. */
export interface Shot {
  /** The status of every final answer that the caller got. */
  readonly statuses: readonly number[];
  readonly arrived: readonly WireRequest[];
  /** What must not be, in sentences. */
  readonly faults: readonly string[];
}

/** A target to shoot at. */
export interface Range {
  /** Sends `bytes` and the end of the connection, and waits until all that they lead to is over. */
  shoot(bytes: Buffer): Promise<Shot>;
  close(): Promise<void>;
}

/** What stands between caller and bot host. */
export interface Front {
  readonly url: string;
  close(): Promise<void>;
}

/** All that the server says to these bytes; it ends the connection when it has answered, since the caller ends it too. */
function exchange(url: string, bytes: Buffer): Promise<Buffer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('error', () => undefined);
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(Buffer.concat(pieces)));
    socket.end(bytes);
  });
}

const statusesOf = (answers: Buffer) =>
  [...answers.toString('latin1').matchAll(/HTTP\/1\.[01] (\d{3})/g)]
    .map(([, status]) => Number(status))
    .filter((status) => status >= 200 || status === 101);

/**
 * Opens a range: a strict bot host behind what `start` gives. The front must send everything over one connection, so
 * that whatever was smuggled stands before the honest request that follows each shot.
 */
export async function openRange(way: Way, start: (botHostUrl: string) => Promise<Front>): Promise<Range> {
  const botHost = await startStrictBotHost();
  const front = await start(botHost.url).catch(async (error: unknown) => {
    await botHost.close();
    throw error;
  });
  let shots = 0;
  return {
    async shoot(bytes) {
      const seen = {
        requests: botHost.requests.length,
        faults: botHost.faults.length,
        brokenOff: botHost.brokenOff.length,
      };
      const answers = await exchange(front.url, bytes);
      const honest = await honestRequest(front.url, `/honest/${(shots += 1)}`);
      const arrived = arrivedSince(botHost, seen.requests, `/honest/${shots}`);
      const sent = readRequests(bytes, 'lenient');
      return {
        statuses: statusesOf(answers),
        arrived,
        faults: [
          ...judgeArrivals(sent.requests, arrived, way),
          ...botHost.faults.slice(seen.faults),
          // What is passed through is sent on as it comes, and so breaks off where its caller does.
          ...(way === 'webhooks' ? botHost.brokenOff.slice(seen.brokenOff) : []),
          ...(honest === null ? [] : [honest]),
        ],
      };
    },
    async close() {
      await front.close();
      await botHost.close();
    },
  };
}

/** What is wrong with the answer to an honest request; null: nothing. */
async function honestRequest(url: string, target: string): Promise<string | null> {
  try {
    const { status, body } = await sendRequest(url, { target, body: target }, 10_000);
    if (status === 200 && body.toString() === target) return null;
    return `the next caller got ${status} ${JSON.stringify(body.toString())}`;
  } catch (error) {
    return `the next caller got nothing: ${String(error)}`;
  }
}

/** What the bot host got since its `from`-th request, but for the honest one that ended the shot. */
function arrivedSince(botHost: StrictBotHost, from: number, honest: string): WireRequest[] {
  return botHost.requests.slice(from).filter(({ target }) => target !== honest);
}
