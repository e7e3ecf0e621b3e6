// What a caller gets: the bot's own answer inside the budget, and the route's word where there is none.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { answersOk, type Arrived, type BotAnswer } from '../support/botHost.ts';
import {
  answerHeader,
  openConnection,
  requestBytes,
  sendRequest,
  type RawAnswer,
} from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { arrivalsOf, arrivedTimes } from './support/arrivals.ts';
import { openStage, type Stage } from './support/stage.ts';

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
const quick = { firstDelay: '50ms', maxDelay: '50ms' };
const briefly = { for: '300ms' };

/** A bot host whose answers are written piece by piece, when the test says so. */
interface StreamingHost {
  readonly url: string;
  /** The next request's answer, its header not yet sent. */
  next(): Promise<ServerResponse>;
  close(): Promise<void>;
}

async function startStreamingHost(): Promise<StreamingHost> {
  const waiting: ServerResponse[] = [];
  const server: Server = createServer((request, response) => {
    request.resume().once('end', () => waiting.push(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    next: () => waitFor('a request at the streaming host', () => waiting.shift()),
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A promise that a test resolves. */
function gate<T>(): { readonly passed: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const passed = new Promise<T>((resolve) => (open = resolve));
  return { passed, open };
}

const idOf = (answer: RawAnswer) => answerHeader(answer, 'hookward-id') ?? '';

function problemCode(answer: RawAnswer): string {
  assert.equal(answerHeader(answer, 'content-type'), 'application/problem+json');
  return (JSON.parse(answer.body.toString()) as { code: string }).code;
}

describe('the answer', () => {
  let stage: Stage;
  let streaming: StreamingHost;

  before(async () => {
    streaming = await startStreamingHost();
    stage = await openStage((url) => ({
      botHosts: { main: { url, circuit: { failures: 1000 } }, streaming: { url: streaming.url } },
      routes: [
        { name: 'wait', path: '/wait/*', answer: { for: '10s' }, retry: quick },
        { name: 'brief', path: '/brief/*', answer: briefly, retry: { ...quick, attempts: 100 } },
        { name: 'unavailable', path: '/unavailable', answer: { ...briefly, whenQueued: 'unavailable' } },
        {
          name: 'fixed',
          path: '/fixed',
          answer: { ...briefly, whenQueued: { status: 200, contentType: 'text/xml', body: '<Response/>' } },
        },
        { name: 'once', path: '/once', retry: { attempts: 1 } },
        { name: 'stream', path: '/stream', botHost: 'streaming' },
        { name: 'ack', path: '/ack', answer: { mode: 'ack', ack: { body: 'YES' } }, retry: quick },
        {
          name: 'ack-empty',
          path: '/ack-empty',
          answer: { mode: 'ack', ack: { status: 204 } },
          retry: quick,
        },
        { name: 'web', path: '/web', cors: { origins: ['https://app.example'], headers: ['x-a', 'x-b'] } },
      ],
      access: { perAddress: null },
    }));
  });

  after(async () => {
    try {
      await stage.close();
    } finally {
      await streaming.close();
    }
  });

  beforeEach(() => stage.botHost.behave(answersOk));

  const send = (target: string, headers: readonly string[] = []) =>
    sendRequest(stage.server.publicUrl, { target, headers, body: 'x' });

  /** Answers so from now on, one after another; the last one for ever. */
  function answersInTurn(...answers: readonly BotAnswer[]): void {
    let turn = 0;
    stage.botHost.behave(() => answers[Math.min(turn++, answers.length - 1)] as BotAnswer);
  }

  describe('of the bot is relayed as it is', () => {
    const contents: Readonly<Record<string, Extract<BotAnswer, object>>> = {
      "a command's {answer}": {
        headers: [
          'Content-Type',
          'application/json',
          'x-B',
          '1',
          'Set-Cookie',
          'a=1',
          'Set-Cookie',
          'b',
          'X-b',
          '2',
        ],
        body: '{"answer":"кот","big":9007199254740993,"one":1.0}',
      },
      'an HTML page as WebApp.render makes it': {
        headers: ['Content-Type', 'text/html; charset=utf-8', 'X-Name', 'caf\xe9'],
        body: '<!doctype html><title>кот</title>\r\n<script>fetch("?&command=%2Fa")</script>',
      },
      'a gzipped page': {
        headers: ['Content-Encoding', 'gzip', 'Vary', 'Accept-Encoding', 'ETag', 'W/"1"'],
        body: gzipSync('page'),
      },
      'binary, with an odd status': {
        status: 207,
        headers: ['Content-Type', 'image/x-odd'],
        body: everyByte,
      },
      'a page of a megabyte': { body: Buffer.alloc(1024 * 1024, 'x') },
      'a success without content': { status: 204, headers: ['X-Left', '1'] },
    };
    for (const [what, content] of Object.entries(contents)) {
      test(what, async () => {
        answersInTurn(content);
        const answer = await send('/wait/content');
        assert.equal(answer.status, content.status ?? 200);
        assert.ok(answer.body.equals(Buffer.from(content.body ?? '')));
        const headers = content.headers ?? [];
        const from = answer.headers.indexOf(headers[0] ?? '');
        if (headers.length > 0) assert.deepEqual(answer.headers.slice(from, from + headers.length), headers);
        assert.equal((await stage.settled(idOf(answer), 'delivered')).attempts, 1);
      });
    }

    for (const status of [301, 302, 303, 307, 308]) {
      test(`${String(status)}: the caller gets it, nobody follows it`, async () => {
        answersInTurn({ status, headers: ['Location', `${stage.botHost.url}/followed`], body: 'moved' });
        const answer = await send('/wait/redirect');
        assert.equal(answer.status, status);
        assert.equal(answerHeader(answer, 'location'), `${stage.botHost.url}/followed`);
        assert.equal(answer.body.toString(), 'moved');
        await stage.settled(idOf(answer), 'delivered');
        assert.ok(!stage.botHost.ledger.some(({ arrived }) => arrived.target === '/followed'));
      });
    }

    for (const status of [400, 401, 404, 410, 418, 422, 500, 501, 505]) {
      test(`${String(status)}: the caller gets it, the webhook is dead, refused, and not tried again`, async () => {
        answersInTurn({ status, body: `no ${String(status)}` });
        const answer = await send('/wait/refused');
        assert.equal(answer.status, status);
        assert.equal(answer.body.toString(), `no ${String(status)}`);
        const { reason, attempts } = await stage.settled(idOf(answer), 'dead');
        assert.deepEqual({ reason, attempts }, { reason: 'refused', attempts: 1 });
      });
    }

    test('a stream: the first piece reaches the caller before the bot has sent the second', async () => {
      const connection = await openConnection(stage.server.publicUrl);
      try {
        let got = '';
        connection.socket.on('data', (piece: Buffer) => (got += piece.toString()));
        await connection.write(requestBytes({ target: '/stream', body: 'x' }));
        const response = await streaming.next();
        response.writeHead(200, { 'Content-Type': 'text/event-stream' });
        for (const piece of ['data: one\n\n', 'data: two\n\n']) {
          response.write(piece);
          await waitFor(`the caller to have ${piece.trim()}`, () => got.includes(piece));
        }
        response.end('data: end\n\n');
        const answer = await connection.answer();
        assert.equal(answer.complete, true);
        assert.equal(answer.body.toString(), 'data: one\n\ndata: two\n\ndata: end\n\n');
        await stage.settled(idOf(answer), 'delivered');
      } finally {
        connection.destroy();
      }
    });

    test('a stream that breaks off: the caller can tell that it is not whole', async () => {
      const connection = await openConnection(stage.server.publicUrl);
      try {
        await connection.write(requestBytes({ target: '/stream', body: 'x' }));
        const response = await streaming.next();
        response.write('half');
        await waitFor('the bot host to have sent a half', () => response.socket?.writableLength === 0);
        response.socket?.resetAndDestroy();
        const answer = await connection.answer();
        assert.equal(answer.complete, false);
        const { events } = await stage.settled(idOf(answer), 'delivered');
        assert.equal(events[0]?.attempt?.complete, false);
      } finally {
        connection.destroy();
      }
    });
  });

  describe('comes after retries', () => {
    for (const failure of [
      { status: 503, body: 'threw' },
      { status: 429 },
      { status: 502 },
      'reset',
    ] as const) {
      test(`${JSON.stringify(failure)} twice, then 200, inside the budget: the caller sees the 200 alone`, async () => {
        answersInTurn(failure, failure, { body: '{"answer":"third"}' });
        const answer = await send('/wait/retry');
        assert.deepEqual([answer.status, answer.body.toString()], [200, '{"answer":"third"}']);
        const { attempts } = await stage.settled(idOf(answer), 'delivered');
        assert.equal(attempts, 3);
      });
    }

    test('Retry-After is waited out, as the longer of the two', async () => {
      answersInTurn({ status: 503, headers: ['Retry-After', '1'] }, { body: 'rested' });
      const answer = await send('/wait/retry-after');
      assert.equal(answer.body.toString(), 'rested');
      const [first, second] = await arrivedTimes(stage.botHost, idOf(answer), 2);
      const pauseMs = (second as Arrived).at - (first as Arrived).at;
      assert.ok(pauseMs >= 990 && pauseMs < 5_000, `tried again after ${String(pauseMs)} ms`);
    });

    test('a Retry-After beyond the budget: the caller is told at once', async () => {
      answersInTurn({ status: 503, headers: ['Retry-After', '600'] });
      const sentAt = performance.now();
      const answer = await send('/wait/retry-late');
      assert.equal(answer.status, 202);
      assert.ok(performance.now() - sentAt < 5_000, 'it was held in vain');
      const { dueAt } = await stage.settled(idOf(answer), 'pending');
      const dueInMs = Date.parse(dueAt ?? '') - Date.now();
      assert.ok(dueInMs > 590_000 && dueInMs <= 600_000, `due in ${String(dueInMs)} ms`);
    });

    test('a bot that says abort-message is not tried again, and its answer is the caller’s', async () => {
      answersInTurn({ status: 503, headers: ['webhook-delivery', 'abort-message'], body: 'enough' });
      const answer = await send('/wait/abort');
      assert.deepEqual([answer.status, answer.body.toString()], [503, 'enough']);
      const { reason, attempts } = await stage.settled(idOf(answer), 'dead');
      assert.deepEqual({ reason, attempts }, { reason: 'refused', attempts: 1 });
    });

    test('tries used up without a final answer: 502, and the webhook is dead, exhausted', async () => {
      answersInTurn('reset');
      const answer = await send('/once');
      assert.equal(answer.status, 502);
      assert.equal(problemCode(answer), 'bot-host-unreachable');
      assert.equal((await stage.settled(idOf(answer), 'dead')).reason, 'exhausted');
    });
  });

  describe('that does not come in time', () => {
    const said: Readonly<Record<string, (answer: RawAnswer, id: string) => void>> = {
      '/brief/late': (answer, id) => {
        assert.equal(answer.status, 202);
        assert.equal(answerHeader(answer, 'content-type'), 'application/json');
        assert.equal(answer.body.toString(), `{"id":"${id}","state":"pending"}`);
      },
      '/unavailable': (answer) => {
        assert.equal(answer.status, 503);
        assert.equal(problemCode(answer), 'queued-unavailable');
        assert.match(answerHeader(answer, 'retry-after') ?? '', /^\d+$/);
      },
      '/fixed': (answer) => {
        assert.equal(answer.status, 200);
        assert.equal(answerHeader(answer, 'content-type'), 'text/xml');
        assert.equal(answer.body.toString(), '<Response/>');
      },
    };
    for (const [target, check] of Object.entries(said)) {
      test(`${target}: the caller gets the route's word, and the late answer still delivers`, async () => {
        const late = gate<BotAnswer>();
        stage.botHost.behave(() => late.passed);
        const answer = await send(target);
        const id = idOf(answer);
        check(answer, id);
        assert.equal((await stage.record(id)).state, 'pending');
        assert.equal(arrivalsOf(stage.botHost, id).length, 1);
        late.open({ status: 200, body: 'late, but here' });
        const { attempts, events } = await stage.settled(id, 'delivered');
        assert.equal(attempts, 1);
        const kept = Buffer.from(events[0]?.attempt?.body ?? '', 'base64').toString();
        assert.equal(kept, 'late, but here', 'support can read what the caller never got');
      });
    }

    test('retries that outlast the budget: 202, and one of them delivers', async () => {
      let ready = false;
      stage.botHost.behave(() => (ready ? { status: 200 } : { status: 503 }));
      const answer = await send('/brief/down');
      assert.equal(answer.status, 202);
      ready = true;
      const { attempts } = await stage.settled(idOf(answer), 'delivered');
      assert.ok(attempts >= 2);
    });
  });

  describe('to a caller that hangs up', () => {
    for (const how of ['destroy', 'reset'] as const) {
      test(`mid-wait (${how}): the attempt goes on and delivers`, async () => {
        const held = gate<BotAnswer>();
        stage.botHost.behave(() => held.passed);
        const before = stage.botHost.ledger.length;
        const connection = await openConnection(stage.server.publicUrl);
        await connection.write(requestBytes({ target: `/wait/hang-up-${how}`, body: 'kept' }));
        const line = await waitFor('the arrival', () => stage.botHost.ledger[before]);
        connection[how]();
        await waitFor(
          'the server to notice',
          async () => (await stage.metrics()).value('hookward_callers_waiting') === 0,
        );
        held.open({ status: 200, body: 'nobody listens' });
        const { attempts } = await stage.settled(line.arrived.id ?? '', 'delivered');
        assert.equal(attempts, 1);
        assert.equal(stage.botHost.ledger.length, before + 1);
      });
    }

    test('between two tries: the next one is made all the same', async () => {
      answersInTurn({ status: 503, headers: ['Retry-After', '1'] }, { status: 200 });
      const before = stage.botHost.ledger.length;
      const connection = await openConnection(stage.server.publicUrl);
      await connection.write(requestBytes({ target: '/wait/hang-up-between', body: 'kept' }));
      const line = await waitFor('the first try', () => stage.botHost.ledger[before]);
      connection.destroy();
      const { attempts } = await stage.settled(line.arrived.id ?? '', 'delivered');
      assert.equal(attempts, 2);
    });
  });

  describe('of a route in mode ack', () => {
    test('is the acknowledgement, before the bot host has answered at all', async () => {
      const held = gate<BotAnswer>();
      stage.botHost.behave(() => held.passed);
      const answer = await send('/ack');
      assert.deepEqual([answer.status, answer.body.toString()], [200, 'YES']);
      assert.equal(answerHeader(answer, 'content-type'), 'text/plain; charset=utf-8');
      assert.equal((await stage.record(idOf(answer))).state, 'pending');
      held.open({ status: 200 });
      await stage.settled(idOf(answer), 'delivered');
    });

    test('can be an empty 204, and failures behind it are retried', async () => {
      answersInTurn({ status: 503 }, 'reset', { status: 200 });
      const answer = await send('/ack-empty');
      assert.deepEqual([answer.status, answer.body.length], [204, 0]);
      assert.equal(answerHeader(answer, 'content-length'), null);
      assert.equal((await stage.settled(idOf(answer), 'delivered')).attempts, 3);
    });
  });

  describe('to a web page of another origin', () => {
    const origin = ['Origin', 'https://app.example'];

    test('a preflight is answered here: what the page may send, and nothing reaches the bot host', async () => {
      const before = stage.botHost.ledger.length;
      const answer = await sendRequest(stage.server.publicUrl, {
        method: 'OPTIONS',
        target: '/web',
        headers: [
          ...origin,
          'Access-Control-Request-Method',
          'POST',
          'Access-Control-Request-Headers',
          'x-b',
        ],
      });
      assert.equal(answer.status, 204);
      assert.equal(answerHeader(answer, 'access-control-allow-origin'), 'https://app.example');
      assert.equal(answerHeader(answer, 'access-control-allow-methods'), 'GET, POST');
      assert.equal(answerHeader(answer, 'access-control-allow-headers'), 'x-a, x-b');
      assert.equal(answerHeader(answer, 'access-control-max-age'), '600');
      assert.equal(answerHeader(answer, 'vary'), 'Origin');
      assert.equal(stage.botHost.ledger.length, before);
    });

    test('the call itself: the bot’s answer with our rule, not the bot’s', async () => {
      answersInTurn({ headers: ['access-control-allow-origin', '*', 'X-Bot', '1'], body: '{"answer":1}' });
      const answer = await send('/web', origin);
      assert.equal(answer.body.toString(), '{"answer":1}');
      const allowed = answer.headers.filter(
        (_, at) => answer.headers[at - 1]?.toLowerCase() === 'access-control-allow-origin',
      );
      assert.deepEqual(allowed, ['https://app.example']);
      assert.equal(answerHeader(answer, 'access-control-expose-headers'), 'hookward-id');
      assert.equal(answerHeader(answer, 'x-bot'), '1');
    });

    test('another origin gets no leave, a refusal has the headers too, and a route without cors has none', async () => {
      const other = await send('/web', ['Origin', 'https://evil.example']);
      assert.equal(other.status, 200);
      assert.equal(answerHeader(other, 'access-control-allow-origin'), null);
      const put = await sendRequest(stage.server.publicUrl, {
        method: 'PUT',
        target: '/web',
        headers: origin,
      });
      assert.equal(put.status, 405);
      assert.equal(answerHeader(put, 'access-control-allow-origin'), 'https://app.example');
      assert.equal(answerHeader(put, 'allow'), 'GET, POST, OPTIONS');
      const none = await sendRequest(stage.server.publicUrl, {
        method: 'OPTIONS',
        target: '/once',
        headers: origin,
      });
      assert.equal(none.status, 405);
      assert.equal(answerHeader(none, 'access-control-allow-origin'), null);
    });
  });
});
