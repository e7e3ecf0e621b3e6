import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { admitted, answerOk, route, settings, startIngress } from './harness.ts';
import { RawClient, request } from './rawClient.ts';

const post = request('POST /hook', 'x');

describe('hardening: bodies that are not wanted', () => {
  test('a refused request with a short body leaves the connection in use', async (t) => {
    const harness = await startIngress(t);
    const client = await harness.open();
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await client.write(request('POST /nowhere', 'y'.repeat(50_000))).answer()).status, 404);
    }
    assert.equal((await client.write(post).answer()).status, 200);
    assert.equal(harness.ingress.readings().connections, 1);
  });

  test('a refusal of a long body is read by a caller that sends all of it first, and ends the connection', async (t) => {
    const harness = await startIngress(t, { settings: settings({ limits: { bodyBytesMax: 1000 } }) });
    const client = await harness.open();
    client.write(request('POST /hook', Buffer.alloc(200_000)));
    const answer = await client.answer();
    assert.equal(answer.code, 'body-too-large');
    assert.equal(answer.header('connection'), 'close');
    await client.closed();
  });

  test('a caller that goes on sending without end is cut off', async (t) => {
    const harness = await startIngress(t, { settings: settings({ limits: { bodyBytesMax: 1000 } }) });
    const client = await harness.open();
    client.write(request('POST /hook\nContent-Length: 999999999'));
    assert.equal((await client.answer()).code, 'body-too-large');
    const piece = Buffer.alloc(64 * 1024);
    await waitFor('the connection to be cut', () => {
      if (!client.isClosed) client.write(piece);
      return client.isClosed;
    });
  });

  test('a banned caller reads its refusal, though its body was not, and must connect anew', async (t) => {
    const harness = await startIngress(t, {
      gate: {
        admit: () => ({ admitted: false, refusal: 'banned', retryAfterSeconds: null, limit: null }),
        admitToRoute: () => admitted,
      },
    });
    for (const bytes of [request('POST /hook', 'x'.repeat(30_000)), request('GET /hook')]) {
      const client = (await harness.open()).write(bytes);
      assert.equal((await client.answer()).code, 'banned');
      await client.closed();
    }
  });

  test('a caller that sends nothing more of a long body is let go after a while', async (t) => {
    const clock = manualClock();
    const harness = await startIngress(t, { clock });
    const client = (await harness.open()).write(request('POST /nowhere\nContent-Length: 100000'));
    assert.equal((await client.answer()).status, 404);
    assert.equal(client.isClosed, false);
    clock.advance(2_000);
    await client.closed();
  });

  test('HEAD on a route is refused without a body', async (t) => {
    const harness = await startIngress(t);
    const client = await harness.open();
    client.write(Buffer.concat([request('HEAD /hook'), post]));
    await waitFor('both answers', () => client.received.includes('hello'));
    const text = client.received.toString();
    assert.match(text, /^HTTP\/1\.1 405 /);
    assert.match(text, /\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
  });

  test('the refusal is there before a byte of the body is', async (t) => {
    const harness = await startIngress(t);
    const client = await harness.open();
    client.write(request('POST /nowhere\nContent-Length: 100'));
    assert.equal((await client.answer()).status, 404);
  });
});

describe('hardening: Expect', () => {
  test('100 is sent once the request may come, and its body is captured', async (t) => {
    const harness = await startIngress(t);
    const client = await harness.open();
    client.write(request('POST /hook\nExpect: 100-continue\nContent-Length: 3'));
    assert.equal((await client.answer()).status, 100);
    client.write('abc');
    assert.equal((await client.answer()).status, 200);
    assert.equal(Buffer.from(harness.appended[0]!.request.body).toString(), 'abc');
  });

  test('a request that is refused is refused without 100, and the connection ends', async (t) => {
    const harness = await startIngress(t, { settings: settings({ limits: { bodyBytesMax: 2 } }) });
    const client = await harness.open();
    client.write(request('POST /hook\nExpect: 100-continue\nContent-Length: 3'));
    const answer = await client.answer();
    assert.equal(answer.code, 'body-too-large');
    assert.equal(answer.header('connection'), 'close');
  });
});

describe('hardening: slow and silent peers', () => {
  const quick = { listener: { headersTimeout: 50, requestTimeout: 100 } };

  test('a body that drips is cut at the time for the whole request', async (t) => {
    const harness = await startIngress(t, quick);
    const client = await harness.open();
    client.write(request('POST /hook\nContent-Length: 1000'));
    const drip = setInterval(() => client.write('x'), 20);
    t.after(() => clearInterval(drip));
    assert.equal((await client.answer()).code, 'body-too-slow');
    await client.closed();
    assert.deepEqual(harness.appended, []);
    assert.equal(harness.ingress.readings().inFlight, 0);
  });

  test('a connection on which nothing comes is closed without a word, and is no refusal', async (t) => {
    const harness = await startIngress(t, quick);
    const client = await harness.open();
    await client.closed();
    assert.equal(client.received.length, 0);
    assert.deepEqual(harness.refused, []);
  });

  test('an idle connection is closed after its time', async (t) => {
    const harness = await startIngress(t, { listener: { idleTimeout: 20 } });
    const client = await harness.open();
    assert.equal((await client.write(post).answer()).status, 200);
    await client.closed();
  });

  test('a caller that is held for an answer is not cut by the time for requests', async (t) => {
    const harness = await startIngress(t, { ...quick, deliver: () => undefined });
    const client = (await harness.open()).write(post);
    const other = (await harness.open()).write('GET /hook HTTP/1.1\r\n');
    // The second is cut by the same check that the first must survive.
    assert.equal((await other.answer()).code, 'body-too-slow');
    answerOk(harness.delivered[0]!.caller);
    assert.equal((await client.answer()).status, 200);
  });
});

describe('hardening: malformed input beside good', () => {
  test('garbage behind a request that waits: the connection ends, and the garbage is counted, not answered in its place', async (t) => {
    const harness = await startIngress(t, { deliver: () => undefined });
    const client = await harness.open();
    client.write(Buffer.concat([post, Buffer.from('\x00garbage\r\n\r\n')]));
    await client.closed();
    assert.equal(client.received.length, 0);
    assert.deepEqual(harness.refused, ['malformed-request']);
    assert.equal(harness.appended.length, 1);
  });

  test('garbage behind a request that is answered gets an answer of its own', async (t) => {
    const harness = await startIngress(t);
    const client = await harness.open();
    assert.equal((await client.write(post).answer()).status, 200);
    assert.equal((await client.write('garbage\r\n\r\n').answer()).code, 'malformed-request');
    await client.closed();
  });

  test('requests that are pipelined are answered in their order', async (t) => {
    const harness = await startIngress(t, { deliver: () => undefined });
    const client = await harness.open();
    client.write(Buffer.concat([post, request('GET /nowhere'), post]));
    await waitFor('both webhooks to be delivered', () => harness.delivered.length === 2);
    answerOk(harness.delivered[1]!.caller, 'second');
    assert.equal(client.received.length, 0);
    answerOk(harness.delivered[0]!.caller, 'first');
    assert.equal((await client.answer()).body.toString(), 'first');
    assert.equal((await client.answer()).code, 'no-route');
    assert.equal((await client.answer()).body.toString(), 'second');
  });

  test('one connection cannot hold more than 32 requests', async (t) => {
    const harness = await startIngress(t, { deliver: () => undefined });
    const client = await harness.open();
    client.write(Buffer.concat(Array.from({ length: 40 }, () => post)));
    await waitFor('the surplus to be refused', () => harness.refused.length > 0);
    await waitFor('the rest to be delivered', () => harness.delivered.length === 32);
    assert.deepEqual([...new Set(harness.refused)], ['too-many-in-flight']);
  });

  test('a socket that is reset at any moment does no harm', async (t) => {
    const harness = await startIngress(t);
    const whole = request('POST /hook', 'abcdef');
    for (let at = 0; at <= whole.length; at += 9) {
      const client = await harness.open();
      client.write(whole.subarray(0, at));
      client.socket.resetAndDestroy();
    }
    assert.equal((await (await harness.open()).write(post).answer()).status, 200);
    await waitFor('the others to be gone', () => harness.ingress.readings().connections === 1);
    await waitFor('nothing to be in flight', () => harness.ingress.readings().inFlight === 0);
    assert.deepEqual(harness.failures, []);
  });

  test('an offered upgrade to another protocol is passed over, and the body is read', async (t) => {
    const harness = await startIngress(t);
    const client = await harness.open();
    const offer =
      'Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABk';
    assert.equal((await client.write(request(`POST /hook\n${offer}`, 'abc')).answer()).status, 200);
    assert.equal(Buffer.from(harness.appended[0]!.request.body).toString(), 'abc');
    const get = request(`GET /hook\n${offer}`);
    for (const bytes of [get, get, post]) assert.equal((await client.write(bytes).answer()).status, 200);
  });
});

describe('hardening: how many connections', () => {
  test('a place is free again when a connection of the peer closes', async (t) => {
    const harness = await startIngress(t, {
      settings: settings({ limits: { connectionsPerAddressMax: 1 } }),
    });
    const first = await harness.open();
    assert.equal((await first.write(post).answer()).status, 200);
    assert.equal((await (await harness.open()).answer()).code, 'too-many-connections');
    first.destroy();
    await waitFor('the places to be free', () => harness.ingress.readings().connections === 0);
    assert.equal((await (await harness.open()).write(post).answer()).status, 200);
  });

  test('peers are counted by what limits count them by, so that a /64 is one', async (t) => {
    const harness = await startIngress(t, {
      settings: settings({ limits: { connectionsPerAddressMax: 1 } }),
      addresses: {
        of: ({ peer }) => ({ text: peer!, countedAs: 'one network' }),
        isTrustedProxy: () => false,
      },
    });
    const first = await harness.open();
    const socket = connect({ port: harness.port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    const second = new RawClient(socket);
    assert.equal((await second.answer()).code, 'too-many-connections');
    assert.equal((await first.write(post).answer()).status, 200);
    second.destroy();
  });

  test('a trusted proxy is not counted', async (t) => {
    const harness = await startIngress(t, {
      settings: settings({ limits: { connectionsPerAddressMax: 1 } }),
      addresses: {
        of: () => ({ text: '203.0.113.9', countedAs: '203.0.113.9' }),
        isTrustedProxy: () => true,
      },
    });
    const clients = await Promise.all([harness.open(), harness.open(), harness.open()]);
    for (const client of clients) assert.equal((await client.write(post).answer()).status, 200);
  });

  test('beyond the connections in all the next is dropped and counted', async (t) => {
    const harness = await startIngress(t, { listener: { connectionsMax: 1 } });
    assert.equal((await (await harness.open()).write(post).answer()).status, 200);
    const dropped = await harness.open();
    await dropped.closed();
    assert.deepEqual(harness.refused, ['too-many-connections']);
  });

  test('the places and bytes of answered webhooks are free again', async (t) => {
    const harness = await startIngress(t, {
      settings: settings({ limits: { inFlightMax: 1, inFlightBytesMax: 3 }, routes: [route()] }),
    });
    const client = await harness.open();
    for (let round = 0; round < 5; round += 1) {
      assert.equal((await client.write(request('POST /hook', 'abc')).answer()).status, 200);
      await waitFor('the place to be free', () => harness.ingress.readings().inFlight === 0);
    }
    assert.equal(harness.ingress.readings().inFlightBytes, 0);
  });
});
