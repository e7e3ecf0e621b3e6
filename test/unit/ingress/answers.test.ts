import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { answerOk, appendedAs, route, settings, startIngress } from './harness.ts';
import { held, post, relay, sendHeld } from './heldCaller.ts';
import { request } from './rawClient.ts';

describe("answers: the bot's own", () => {
  test('status, header order, case and repeats, and body are those of the bot, with the id of the webhook', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller, webhook } = await sendHeld(harness);
    const headers = [
      'X-b',
      '2',
      'x-A',
      '1',
      'X-B',
      '3',
      'Content-Type',
      'text/caf\xe9',
      'Content-Length',
      '3',
    ];
    const writer = relay(caller, { status: 418, headers });
    writer.write(Buffer.from([0, 255, 10]));
    writer.end();
    const answer = await client.answer();
    assert.equal(answer.status, 418);
    assert.deepEqual(answer.headers.slice(0, headers.length), headers);
    assert.equal(answer.header('hookward-id'), webhook.id);
    assert.deepEqual(answer.body, Buffer.from([0, 255, 10]));
    assert.deepEqual(
      harness.answered.map(({ route: name, kind }) => [name, kind]),
      [['hook', 'bot']],
    );
  });

  test('a redirect is relayed, not followed', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    relay(caller, { status: 302, headers: ['Location', '/cat', 'Content-Length', '0'] }).end();
    const answer = await client.answer();
    assert.equal(answer.status, 302);
    assert.equal(answer.header('location'), '/cat');
  });

  for (const status of [204, 304]) {
    test(`${status} has no body, whatever the bot host sends after it`, async (t) => {
      const harness = await startIngress(t, held);
      const { client, caller } = await sendHeld(harness);
      const writer = relay(caller, { status, headers: ['X-A', '1'] });
      writer.write(Buffer.from('nothing that counts'));
      writer.end();
      assert.equal((await client.answer()).status, status);
      client.write(post);
      await waitFor('the next request of the connection', () => harness.delivered.length === 2);
      answerOk(harness.delivered[1]!.caller);
      assert.equal((await client.answer()).body.toString(), 'hello');
    });
  }

  test("a streamed answer reaches the caller piece by piece, before the bot's end", async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    const writer = relay(caller, { status: 200, headers: [] });
    writer.write(Buffer.from('first'));
    await waitFor('the first piece', () => client.received.includes('first'));
    writer.write(Buffer.from('second'));
    writer.end();
    assert.equal((await client.answer()).body.toString(), 'firstsecond');
  });

  test('a caller that reads slowly slows the source down, and gets all of it', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    client.socket.pause();
    const piece = Buffer.alloc(256 * 1024, 'x');
    const writer = relay(caller, { status: 200, headers: ['Content-Length', String(piece.length * 60)] });
    let written = 0;
    let pauses = 0;
    const pump = () => {
      while (written < 60) {
        written += 1;
        if (writer.write(piece)) continue;
        pauses += 1;
        writer.onDrain(pump);
        return;
      }
      writer.end();
    };
    pump();
    assert.ok(written < 60, 'the source was never paused');
    client.socket.resume();
    assert.equal((await client.answer()).body.length, piece.length * 60);
    assert.ok(pauses > 0);
  });

  test('a caller that stops reading is let go, and the source runs on', async (t) => {
    const clock = manualClock();
    const harness = await startIngress(t, { ...held, clock });
    const { client, caller } = await sendHeld(harness);
    client.socket.pause();
    const writer = relay(caller, { status: 200, headers: [] });
    const piece = Buffer.alloc(1024 * 1024);
    let isResumed = false;
    while (writer.write(piece));
    writer.onDrain(() => (isResumed = true));
    assert.equal(isResumed, false);
    clock.advance(10_000);
    await waitFor('the source to be resumed', () => isResumed);
    assert.equal(writer.gone, true);
    assert.equal(writer.write(piece), true);
  });

  test('a caller that never takes the end of its answer is let go', async (t) => {
    const clock = manualClock();
    const harness = await startIngress(t, { ...held, clock });
    const { client, caller } = await sendHeld(harness);
    client.socket.pause();
    const writer = relay(caller, { status: 200, headers: [] });
    while (writer.write(Buffer.alloc(1024 * 1024)));
    writer.end();
    assert.equal(harness.ingress.readings().inFlight, 1);
    clock.advance(30_000);
    await waitFor('the place in flight to be free', () => harness.ingress.readings().inFlight === 0);
  });

  test('an answer that breaks off is not whole for the caller either', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    const writer = relay(caller, { status: 200, headers: [] });
    writer.write(Buffer.from('half'));
    await waitFor('the first half', () => client.received.includes('half'));
    writer.abort();
    await client.closed();
    assert.ok(!client.received.includes('0\r\n\r\n'), 'the chunked body was ended');
  });

  test('header fields that no HTTP message may carry are left out, the rest is relayed', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    const headers = ['X-Bad', 'a\r\nInjected: 1', 'bad name', 'x', 'X-Good', '1', 'Content-Length', '0'];
    relay(caller, { status: 200, headers }).end();
    const answer = await client.answer();
    assert.equal(answer.header('x-good'), '1');
    assert.equal(answer.header('injected'), null);
    assert.equal(answer.header('x-bad'), null);
  });

  test("the bot's hop-by-hop fields and its copy of our id are ours to say", async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller, webhook } = await sendHeld(harness);
    const headers = [
      'Connection',
      'close',
      'Transfer-Encoding',
      'gzip',
      'HOOKWARD-ID',
      'x',
      'Keep-Alive',
      '1',
    ];
    relay(caller, { status: 200, headers: [...headers, 'Content-Length', '0'] }).end();
    const answer = await client.answer();
    assert.deepEqual(answer.all('hookward-id'), [webhook.id]);
    assert.deepEqual(answer.all('connection'), ['keep-alive']);
    assert.equal(answer.header('transfer-encoding'), null);
  });

  test('an interim status is no answer', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    assert.equal(caller.relay({ status: 101, headers: [] }), null);
    assert.equal((await client.answer()).code, 'bot-host-unreachable');
  });

  test('only the first of several answers counts', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    answerOk(caller, 'first');
    assert.equal(caller.relay({ status: 500, headers: [] }), null);
    caller.giveUp('dead');
    assert.equal((await client.answer()).body.toString(), 'first');
    assert.equal(harness.answered.length, 1);
  });
});

describe('answers: the budget and whenQueued', () => {
  test('accept: 202 with id and state when the budget ends, and a late answer finds nobody', async (t) => {
    const clock = manualClock();
    const harness = await startIngress(t, { ...held, clock });
    const { client, caller, webhook } = await sendHeld(harness);
    clock.advance(24_999);
    assert.equal(harness.answered.length, 0);
    clock.advance(1);
    const answer = await client.answer();
    assert.equal(answer.status, 202);
    assert.deepEqual(JSON.parse(answer.body.toString()), { id: webhook.id, state: 'pending' });
    assert.equal(answer.header('hookward-id'), webhook.id);
    assert.equal(caller.relay({ status: 200, headers: [] }), null);
    assert.deepEqual(harness.answered, [{ route: 'hook', kind: 'queued', waitSeconds: 25 }]);
  });

  test('the budget counts from the arrival of the head: a slow append is part of it', async (t) => {
    const clock = manualClock();
    let append: () => void = () => undefined;
    const harness = await startIngress(t, {
      ...held,
      clock,
      log: {
        append: (params) =>
          new Promise((resolve) => {
            append = () => resolve(appendedAs(params));
            clock.advance(20_000);
          }),
      },
    });
    const client = await harness.open();
    client.write(post);
    await waitFor('the append to begin', () => clock.monotonic() === 20_000);
    append();
    await waitFor('delivery', () => harness.delivered.length === 1);
    clock.advance(5_000);
    assert.equal((await client.answer()).status, 202);
  });

  test('once relaying has begun the budget is of no account', async (t) => {
    const clock = manualClock();
    const harness = await startIngress(t, { ...held, clock });
    const { client, caller } = await sendHeld(harness);
    const writer = relay(caller, { status: 200, headers: [] });
    writer.write(Buffer.from('be'));
    clock.advance(60_000);
    writer.write(Buffer.from('gun'));
    writer.end();
    assert.equal((await client.answer()).body.toString(), 'begun');
  });

  test('a fixed answer is what the configuration says', async (t) => {
    const whenQueued = { status: 200, contentType: 'text/plain', body: '*ok*' };
    const harness = await startIngress(t, {
      settings: settings({ routes: [route({ answer: { whenQueued } })] }),
      deliver: (_webhook, _lease, caller) => caller?.giveUp('queued'),
    });
    const answer = await (await harness.open()).write(post).answer();
    assert.equal(answer.status, 200);
    assert.equal(answer.header('content-type'), 'text/plain');
    assert.equal(answer.body.toString(), '*ok*');
    assert.equal(answer.header('hookward-id'), harness.appended[0]?.id);
  });

  test('delivery that throws leaves the webhook queued, and its caller is told so', async (t) => {
    const error = new Error('a fault');
    const harness = await startIngress(t, {
      deliver: () => {
        throw error;
      },
    });
    assert.equal((await (await harness.open()).write(post).answer()).status, 202);
    assert.deepEqual(harness.failures, [error]);
  });

  test('a webhook behind another of its key is handed over without a lease, with its caller', async (t) => {
    const harness = await startIngress(t, {
      log: { append: (params) => Promise.resolve(appendedAs(params)) },
    });
    assert.equal((await (await harness.open()).write(post).answer()).status, 200);
    assert.equal(harness.delivered[0]?.lease, null);
  });
});

describe("answers: the sender's word for success", () => {
  const ack = { status: 201, contentType: 'text/plain', body: 'YES' };
  const mapping = (acknowledges: ((status: number) => boolean) | null, deliver = held.deliver) => ({
    settings: settings({ routes: [route({ answer: { ack, acknowledges } })] }),
    deliver,
  });

  test("stands in the place of a bot's success that the sender would take for a failure", async (t) => {
    const harness = await startIngress(
      t,
      mapping(() => true),
    );
    const { client, caller, webhook } = await sendHeld(harness);
    // Nobody takes the body: whoever reads it reads on by itself.
    assert.equal(caller.relay({ status: 200, headers: ['X-Bot', '1', 'Content-Length', '5'] }), null);
    const answer = await client.answer();
    assert.equal(answer.status, 201);
    assert.equal(answer.body.toString(), 'YES');
    assert.equal(answer.header('x-bot'), null);
    assert.equal(answer.header('hookward-id'), webhook.id);
    assert.deepEqual(
      harness.answered.map(({ kind }) => kind),
      ['bot'],
    );
  });

  const cases: readonly [status: number, isReplaced: boolean][] = [
    [200, false],
    [204, true],
    [302, true],
    [399, true],
    [400, false],
    [404, false],
    [500, false],
  ];
  for (const [status, isReplaced] of cases) {
    test(`a sender that wants 200 gets ${isReplaced ? 'it' : "the bot's own answer"} for ${status}`, async (t) => {
      const harness = await startIngress(
        t,
        mapping((given) => given !== 200),
      );
      const { client, caller } = await sendHeld(harness);
      caller.relay({ status, headers: ['Content-Length', '0'] })?.end();
      assert.equal((await client.answer()).status, isReplaced ? 201 : status);
    });
  }

  test('is given, where whenQueued is acknowledge, to a caller whose budget is over', async (t) => {
    const harness = await startIngress(t, {
      settings: settings({ routes: [route({ answer: { ack, whenQueued: 'acknowledge' } })] }),
      deliver: (_webhook, _lease, caller) => caller?.giveUp('queued'),
    });
    const answer = await (await harness.open()).write(post).answer();
    assert.equal(answer.body.toString(), 'YES');
    assert.equal(answer.header('hookward-id'), harness.appended[0]?.id);
    assert.equal(harness.answered[0]?.kind, 'queued');
  });

  test('is not given for a webhook that is dead', async (t) => {
    const harness = await startIngress(t, {
      settings: settings({ routes: [route({ answer: { ack, whenQueued: 'acknowledge' } })] }),
      deliver: (_webhook, _lease, caller) => caller?.giveUp('dead'),
    });
    assert.equal((await (await harness.open()).write(post).answer()).code, 'bot-host-unreachable');
  });
});

describe('answers: at once', () => {
  const ack = (body: string, status = 200) =>
    settings({
      routes: [route({ answer: { mode: 'ack', ack: { status, contentType: 'text/plain', body } } })],
    });

  test('ack: the acknowledgement after the append, and delivery without a caller', async (t) => {
    const harness = await startIngress(t, { ...held, settings: ack('YES') });
    const answer = await (await harness.open()).write(post).answer();
    assert.equal(answer.status, 200);
    assert.equal(answer.body.toString(), 'YES');
    assert.equal(answer.header('hookward-id'), harness.appended[0]?.id);
    await waitFor('delivery', () => harness.delivered.length === 1);
    assert.equal(harness.delivered[0]?.caller, null);
    assert.equal(harness.answered[0]?.kind, 'acknowledged');
  });

  test('ack: not before the append has resolved', async (t) => {
    let append: () => void = () => undefined;
    const harness = await startIngress(t, {
      ...held,
      settings: ack('YES'),
      log: {
        append: (params) =>
          new Promise((resolve) => {
            append = () => resolve(appendedAs(params));
          }),
      },
    });
    const client = (await harness.open()).write(post);
    await waitFor('the webhook to be in flight', () => harness.ingress.readings().inFlight === 1);
    const other = await harness.open();
    assert.equal((await other.write(request('GET /nowhere')).answer()).status, 404);
    assert.equal(client.received.length, 0);
    assert.equal(harness.delivered.length, 0);
    append();
    assert.equal((await client.answer()).body.toString(), 'YES');
  });

  test('ack: 204 has neither body nor fields about one', async (t) => {
    const harness = await startIngress(t, { ...held, settings: ack('', 204) });
    const answer = await (await harness.open()).write(post).answer();
    assert.equal(answer.status, 204);
    assert.equal(answer.header('content-type'), null);
    assert.equal(answer.header('content-length'), null);
    assert.equal(answer.header('transfer-encoding'), null);
  });

  const redirecting = (redirectTo: string) => ({
    ...held,
    settings: settings({ routes: [route({ link: 'hookward' as const, answer: { for: 0 } })] }),
    links: {
      verify: () =>
        ({ valid: true, scheme: 'hookward', bot: '7', user: '1', redirectTo, linkId: 'l' }) as const,
    },
  });

  test('a link that redirects sends its caller there once the webhook is accepted', async (t) => {
    const harness = await startIngress(t, redirecting('https://cataas.com/cat?a=1'));
    const answer = await (await harness.open()).write(request('GET /hook')).answer();
    assert.equal(answer.status, 303);
    assert.equal(answer.header('location'), 'https://cataas.com/cat?a=1');
    assert.equal(answer.header('hookward-id'), harness.appended[0]?.id);
    assert.equal(harness.delivered[0]?.caller, null);
  });

  test('an address beyond ASCII is escaped for the header', async (t) => {
    const harness = await startIngress(t, redirecting('https://example.com/кот'));
    const answer = await (await harness.open()).write(request('GET /hook')).answer();
    assert.equal(answer.header('location'), 'https://example.com/%D0%BA%D0%BE%D1%82');
  });

  for (const address of ['javascript:alert(1)', '//evil.example', 'https://', 'data:text/html,x']) {
    test(`nobody is sent to ${address}`, async (t) => {
      const harness = await startIngress(t, redirecting(address));
      const answer = await (await harness.open()).write(request('GET /hook')).answer();
      assert.equal(answer.status, 202);
      assert.equal(answer.header('location'), null);
    });
  }

  test('a log that fails sends nobody anywhere', async (t) => {
    const harness = await startIngress(t, {
      ...redirecting('https://cataas.com/cat'),
      log: { append: () => Promise.reject(new Error('EIO')) },
    });
    assert.equal((await (await harness.open()).write(request('GET /hook')).answer()).code, 'log-failing');
  });
});
