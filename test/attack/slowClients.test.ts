// Attack 2: callers that take their time. 1,000 of them at once, of each kind, from many addresses: every one is cut within its time while honest callers are served; and how many connections one address may have.
import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { configSchema } from '../../src/config/index.ts';
import { sendRequest } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { openStage, type Stage } from '../e2e/support/stage.ts';

const slowCallers = 1_000;
const callersPerAddress = 50;
const dripMs = 200;

/** What a slow caller sends at once, and what it goes on sending bit by bit; null: nothing. */
interface Slowness {
  readonly first: string;
  readonly drip: string | null;
}

const head = (line: string, ...lines: readonly string[]) =>
  [`${line} HTTP/1.1`, 'Host: hooks.example', ...lines].join('\r\n');

const kinds: Readonly<Record<string, Slowness>> = {
  'nothing at all': { first: '', drip: null },
  'a dripped header': { first: `${head('POST /hook')}\r\nX-Slow: `, drip: 'x' },
  'a dripped body': { first: `${head('POST /hook', 'Content-Length: 100000')}\r\n\r\n`, drip: 'x' },
  'dripped chunks': {
    first: `${head('POST /hook', 'Transfer-Encoding: chunked')}\r\n\r\n`,
    drip: '1\r\nx\r\n',
  },
  'a dripped body, passed through': {
    first: `${head('POST /elsewhere', 'Content-Length: 100000')}\r\n\r\n`,
    drip: 'x',
  },
  'half a request behind a whole one': { first: `${head('GET /hook')}\r\n\r\nGET /ho`, drip: null },
};

/** One slow caller. */
class SlowCaller {
  #openedAt = performance.now();
  /** How long it was endured, in milliseconds; null: it still is. */
  lasted: number | null = null;
  readonly #socket: Socket;

  constructor(port: number, localAddress: string, { first, drip }: Slowness) {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('connect', () => (this.#openedAt = performance.now()));
    socket.resume();
    socket.write(first, 'latin1');
    const timer = drip === null ? null : setInterval(() => socket.write(drip, 'latin1'), dripMs);
    const over = () => {
      if (timer !== null) clearInterval(timer);
      this.lasted ??= performance.now() - this.#openedAt;
      socket.destroy();
    };
    socket.on('end', over);
    socket.on('close', over);
  }

  /** For how long it has been endured, in milliseconds. */
  endured(): number {
    return this.lasted ?? performance.now() - this.#openedAt;
  }

  leave(): void {
    this.#socket.destroy();
  }
}

const portOf = ({ server }: Stage) => Number(new URL(server.publicUrl).port);
const connections = async (stage: Stage) => (await stage.metrics()).value('hookward_connections');

describe('slow callers', () => {
  let stage: Stage;
  const limits = { headersTimeout: '1s', requestTimeout: '3s', idleTimeout: '3s' };
  /** Node looks once in a second; the rest is for a busy machine. */
  const graceMs = 4_000;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      routes: [{ name: 'hook', path: '/hook' }],
      passThrough: { botHost: 'main' },
      access: { perAddress: null },
      limits: { ...limits, connectionsPerAddressMax: callersPerAddress },
    }));
  });

  after(() => stage.close());

  test('1,000 of all kinds at once are cut in time, and honest callers are served meanwhile', async () => {
    const kindOf = (at: number) => Object.keys(kinds)[at % Object.keys(kinds).length] ?? '';
    const callers = Array.from({ length: slowCallers }, (_, at) => {
      const address = `127.0.2.${String(1 + Math.floor(at / callersPerAddress))}`;
      return new SlowCaller(portOf(stage), address, kinds[kindOf(at)] as Slowness);
    });
    try {
      let peak = 0;
      const answers: number[] = [];
      while (callers.some(({ lasted }) => lasted === null)) {
        const answer = await sendRequest(stage.server.publicUrl, { target: '/hook', body: 'honest' }, 5_000);
        answers.push(answer.status);
        peak = Math.max(peak, await connections(stage));
        const oldest = Math.max(...callers.map((caller) => caller.endured()));
        assert.ok(oldest < 3_000 + graceMs, `one has been endured for ${String(Math.round(oldest))} ms`);
      }
      assert.ok(peak > slowCallers / 2, `only ${String(peak)} at once`);
      assert.ok(answers.length >= 10, `only ${String(answers.length)} honest calls`);
      assert.deepEqual(new Set(answers), new Set([200]));
      await waitFor('their connections to be gone', async () => (await connections(stage)) === 0);
    } finally {
      for (const caller of callers) caller.leave();
    }
  });

  test('one address gets no more connections than its cap, and takes none from others', async () => {
    const refused = '{reason="too-many-connections"}';
    const before = (await stage.metrics()).value(`hookward_refused_total${refused}`);
    const silent = { first: '', drip: null };
    const callers = Array.from(
      { length: 2 * callersPerAddress },
      () => new SlowCaller(portOf(stage), '127.0.3.1', silent),
    );
    try {
      await waitFor('the surplus to be refused', async () => {
        const now = (await stage.metrics()).value(`hookward_refused_total${refused}`);
        return now - before === callersPerAddress;
      });
      assert.ok((await connections(stage)) <= callersPerAddress);
      assert.equal((await sendRequest(stage.server.publicUrl, { target: '/hook', body: 'x' })).status, 200);
    } finally {
      for (const caller of callers) caller.leave();
    }
  });
});

test('as shipped, nobody is endured for more than 30 s, and one address holds a small part of all connections', () => {
  const { limits } = configSchema.parse({ botHosts: { main: { url: 'http://127.0.0.1:1' } } });
  const nodeLooksEveryMs = 1_000;
  assert.ok(limits.headersTimeout + nodeLooksEveryMs <= 30_000);
  assert.ok(limits.requestTimeout + nodeLooksEveryMs <= 30_000);
  assert.ok(limits.connectionsPerAddressMax <= limits.connectionsMax / 20);
});
