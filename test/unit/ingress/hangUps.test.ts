import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { waitFor } from '../../support/waitFor.ts';
import type { GateVerdict } from '../../../src/access/index.ts';
import { admitted, appendedAs, startIngress } from './harness.ts';
import { held, post, relay, sendHeld } from './heldCaller.ts';
import { request } from './rawClient.ts';

describe('callers that hang up', () => {
  test('after the append: delivery goes on, and relays to nobody', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    client.destroy();
    await waitFor('the hang-up to be noticed', () => harness.answered.length === 1);
    assert.equal(harness.answered[0]?.kind, 'none');
    assert.equal(caller.relay({ status: 200, headers: [] }), null);
    assert.deepEqual(
      [harness.ingress.readings().inFlight, harness.ingress.readings().callersWaiting],
      [0, 0],
    );
  });

  test('between the body and the append: logged and delivered all the same', async (t) => {
    let append: () => void = () => undefined;
    const harness = await startIngress(t, {
      ...held,
      log: {
        append: (params) =>
          new Promise((resolve) => {
            append = () => resolve(appendedAs(params));
          }),
      },
    });
    const client = (await harness.open()).write(post);
    await waitFor('the webhook to be in flight', () => harness.ingress.readings().inFlightBytes === 1);
    client.destroy();
    await waitFor('the hang-up to be noticed', () => harness.ingress.readings().connections === 0);
    append();
    await waitFor('delivery', () => harness.delivered.length === 1);
    assert.equal(harness.delivered[0]?.caller?.relay({ status: 200, headers: [] }), null);
    assert.equal(harness.answered[0]?.kind, 'none');
  });

  test('within the body: nothing is logged', async (t) => {
    const harness = await startIngress(t);
    const client = await harness.open();
    client.write(`${request('POST /hook\nContent-Length: 10').toString()}abc`);
    await waitFor('the upload to be in flight', () => harness.ingress.readings().inFlightBytes === 3);
    client.destroy();
    await waitFor('its place to be free', () => harness.ingress.readings().inFlight === 0);
    assert.equal(harness.ingress.readings().inFlightBytes, 0);
    assert.deepEqual(harness.appended, []);
    assert.deepEqual(harness.failures, []);
  });

  test('while the gate makes up its mind: nobody is refused, nothing is logged', async (t) => {
    for (const decision of [
      admitted,
      { admitted: false, refusal: 'banned', retryAfterSeconds: null, limit: null },
    ] as const) {
      let decide: (verdict: GateVerdict) => void = () => undefined;
      const verdict = new Promise<GateVerdict>((resolve) => (decide = resolve));
      let asked = 0;
      const admit = () => {
        asked += 1;
        return verdict;
      };
      const harness = await startIngress(t, { gate: { admit, admitToRoute: () => admitted } });
      const client = (await harness.open()).write(post);
      await waitFor('the gate to be asked', () => asked === 1);
      client.destroy();
      await waitFor('the hang-up to be noticed', () => harness.ingress.readings().connections === 0);
      decide(decision);
      await harness.ingress.stop(1_000);
      assert.deepEqual([harness.refused, harness.appended, harness.failures], [[], [], []]);
    }
  });

  test('while an answer is relayed: the source runs on to its end', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    const writer = relay(caller, { status: 200, headers: [] });
    writer.write(Buffer.from('one'));
    await waitFor('the first piece', () => client.received.includes('one'));
    client.destroy();
    await waitFor('the hang-up to be noticed', () => writer.gone);
    assert.equal(writer.write(Buffer.from('two')), true);
    let isResumed = false;
    writer.onDrain(() => (isResumed = true));
    assert.ok(isResumed);
    writer.end();
    writer.abort();
    assert.equal(harness.answered[0]?.kind, 'bot');
  });

  test('with a second request behind the first: both callers are gone', async (t) => {
    const harness = await startIngress(t, held);
    const client = await harness.open();
    client.write(Buffer.concat([post, post]));
    await waitFor('both to be delivered', () => harness.delivered.length === 2);
    client.destroy();
    await waitFor('both places to be free', () => harness.ingress.readings().inFlight === 0);
    assert.equal(harness.delivered[1]?.caller?.relay({ status: 200, headers: [] }), null);
  });

  test('half-closing is hanging up: the answer has nowhere to go, and nothing breaks', async (t) => {
    const harness = await startIngress(t, held);
    const { client, caller } = await sendHeld(harness);
    client.socket.end();
    await client.closed();
    await waitFor('the hang-up to be noticed', () => harness.ingress.readings().inFlight === 0);
    assert.equal(caller.relay({ status: 200, headers: [] }), null);
    assert.deepEqual(harness.refused, []);
  });
});
