import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { route, settings, startIngress } from './harness.ts';
import { held, post, relay, sendHeld } from './heldCaller.ts';
import { request } from './rawClient.ts';

describe('pages of other origins', () => {
  const cors = { origins: ['https://app.example'], headers: ['content-type', 'x-a'], maxAge: 600_000 };
  const withCors = (rule = cors) => ({ settings: settings({ routes: [route({ cors: rule })] }) });

  test('a preflight from an allowed origin is told what it may do', async (t) => {
    const harness = await startIngress(t, withCors());
    const client = await harness.open();
    const answer = await client
      .write(request('OPTIONS /hook\nOrigin: https://app.example\nAccess-Control-Request-Method: POST'))
      .answer();
    assert.equal(answer.status, 204);
    assert.deepEqual(answer.all('access-control-allow-origin'), ['https://app.example']);
    assert.equal(answer.header('access-control-allow-methods'), 'GET, POST');
    assert.equal(answer.header('access-control-allow-headers'), 'content-type, x-a');
    assert.equal(answer.header('access-control-max-age'), '600');
    assert.equal(answer.header('vary'), 'Origin');
    assert.deepEqual(harness.appended, []);
  });

  test('a preflight from another origin is told nothing, and its origin is not echoed', async (t) => {
    const harness = await startIngress(t, withCors());
    const answer = await (
      await harness.open()
    )
      .write(request('OPTIONS /hook\nOrigin: https://evil.example'))
      .answer();
    assert.equal(answer.status, 204);
    assert.doesNotMatch(JSON.stringify(answer.headers), /evil|access-control/i);
    assert.equal(answer.header('vary'), 'Origin');
  });

  test("the bot's answer bears our permission in place of its own", async (t) => {
    const harness = await startIngress(t, { ...withCors(), ...held });
    const { client, caller } = await sendHeld(
      harness,
      request('POST /hook\nOrigin: https://app.example', '{}'),
    );
    relay(caller, {
      status: 200,
      headers: ['Access-Control-Allow-Origin', 'null', 'Vary', 'Accept', 'Content-Length', '0'],
    }).end();
    const answer = await client.answer();
    assert.deepEqual(answer.all('access-control-allow-origin'), ['https://app.example']);
    assert.deepEqual(answer.all('access-control-expose-headers'), ['hookward-id']);
    assert.deepEqual(answer.all('vary'), ['Accept', 'Origin']);
  });

  test('without a rule the bot speaks for itself', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    relay(caller, {
      status: 200,
      headers: ['Access-Control-Allow-Origin', '*', 'Content-Length', '0'],
    }).end();
    assert.equal((await client.answer()).header('access-control-allow-origin'), '*');
  });

  test('refusals of the route can be read by the page too', async (t) => {
    const harness = await startIngress(t, withCors());
    const answer = await (
      await harness.open()
    )
      .write(request('PUT /hook\nOrigin: https://app.example', 'x'))
      .answer();
    assert.equal(answer.code, 'method-not-allowed');
    assert.equal(answer.header('allow'), 'GET, POST, OPTIONS');
    assert.equal(answer.header('access-control-allow-origin'), 'https://app.example');
  });

  test('an open route says * to every origin, and varies by none', async (t) => {
    const harness = await startIngress(t, withCors({ ...cors, origins: ['*'] }));
    const answer = await (
      await harness.open()
    )
      .write(request('POST /hook\nOrigin: https://any.example', 'x'))
      .answer();
    assert.equal(answer.header('access-control-allow-origin'), '*');
    assert.equal(answer.header('vary'), null);
  });

  test('a preflight with a body leaves the connection in order', async (t) => {
    const harness = await startIngress(t, withCors());
    const client = await harness.open();
    await client.write(request('OPTIONS /hook\nOrigin: https://app.example', 'a body')).answer();
    assert.equal((await client.write(post).answer()).status, 200);
    assert.equal(Buffer.from(harness.appended[0]!.request.body).toString(), 'x');
  });
});
