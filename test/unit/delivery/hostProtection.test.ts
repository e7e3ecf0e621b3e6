import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { botHostSettings, harness, routeSettings, turn, type Harness } from './harness.ts';

const circuit = { failures: 3, statuses: [502, 504], openFor: 2_000, openMax: 30_000 };
const botHosts = { main: botHostSettings({ concurrency: 8, circuit }) };

/** Lets the bot host refuse three live webhooks, so that its circuit opens. */
async function openCircuit({ arrive, forwarder }: Harness, status?: number) {
  forwarder.rule = (received) =>
    status === undefined ? received.fail('connection-refused') : received.answer(status);
  const callers = [];
  for (let count = 0; count < 3; count += 1) callers.push((await arrive()).caller);
  await turn();
  return callers;
}

describe('a bot host that fails', () => {
  test('opens its circuit: later webhooks are put off at once, their callers told without delay', async () => {
    const made = harness({ botHosts });
    const { delivery, forwarder, log, arrive, seen } = made;
    await delivery.start();
    const first = await openCircuit(made);
    assert.equal(delivery.stats().botHosts['main']?.circuit, 'open');
    assert.deepEqual(
      first.map(({ told }) => told),
      ['queued', 'queued', 'queued'],
    );
    const { id, caller } = await arrive();
    assert.equal(caller.told, 'queued');
    await turn();
    assert.equal(forwarder.received.length, 3);
    assert.deepEqual(log.row(id).types, ['deferred']);
    assert.deepEqual(seen.deferrals, ['circuit-open']);
    assert.deepEqual(seen.circuit, ['main open']);
  });

  test('what is put off is due when the probe is, in the order of arrival', async () => {
    const made = harness({ botHosts });
    const { delivery, log, arrive, clock } = made;
    await delivery.start();
    await openCircuit(made);
    const { id } = await arrive();
    await turn();
    const { standing } = log.row(id);
    assert.ok(standing.state === 'pending' && standing.lane === 'retry');
    assert.ok(standing.dueAt > clock.now() + 1_500 && standing.dueAt <= clock.now() + 2_000);
  });

  test('what waited for a place when it opened is put off, too', async () => {
    const { delivery, forwarder, arrive, seen } = harness({
      botHosts: { main: botHostSettings({ concurrency: 3, circuit }) },
    });
    await delivery.start();
    const arrived = [];
    for (let count = 0; count < 6; count += 1) arrived.push(await arrive());
    for (const received of forwarder.received.slice(0, 3)) received.fail('timeout');
    await turn();
    // A place came free with each failure, before the third opened the circuit.
    const started = forwarder.received.length;
    assert.ok(started <= 5);
    assert.equal(seen.deferrals.length, 6 - started);
    assert.deepEqual(delivery.stats().botHosts['main']?.waiting, { live: 0, retry: 0, replay: 0 });
    assert.equal(arrived.at(-1)?.caller.told, 'queued');
  });

  test('callers that wait for a retry are told when the circuit opens', async () => {
    const made = harness({ botHosts });
    const { delivery, forwarder, arrive } = made;
    await delivery.start();
    forwarder.rule = (received) => received.answer(503, ['Retry-After', '10']);
    const { caller } = await arrive();
    await turn();
    assert.equal(caller.told, null);
    await openCircuit(made);
    assert.equal(caller.told, 'queued');
  });

  for (const status of [429, 503, 500, 404]) {
    test(`${String(status)} says nothing about the host: the circuit stays closed`, async () => {
      const made = harness({ botHosts });
      await made.delivery.start();
      await openCircuit(made, status);
      assert.equal(made.delivery.stats().botHosts['main']?.circuit, 'closed');
    });
  }

  test('a listed status counts like no answer', async () => {
    const made = harness({ botHosts });
    await made.delivery.start();
    await openCircuit(made, 502);
    assert.equal(made.delivery.stats().botHosts['main']?.circuit, 'open');
  });

  test('is probed with one due webhook, though no live one comes; nothing else reaches it', async () => {
    const made = harness({ botHosts });
    const { delivery, forwarder, leave, pass } = made;
    await delivery.start();
    await openCircuit(made);
    for (let count = 0; count < 20; count += 1) await leave();
    forwarder.rule = null;
    await pass(1_500);
    assert.equal(forwarder.received.length, 3);
    await pass(700);
    assert.equal(forwarder.received.length, 4, 'the probe');
    await pass(5_000, 500);
    assert.equal(forwarder.received.length, 4);
    forwarder.received[3]?.fail('timeout');
    await pass(3_000);
    assert.equal(forwarder.received.length, 4, 'the wait has doubled');
    await pass(1_200);
    assert.equal(forwarder.received.length, 5);
  });

  test('is probed by the next live webhook where nothing is due', async () => {
    const made = harness({ botHosts });
    const { delivery, forwarder, arrive, pass, log, cancel } = made;
    await delivery.start();
    await openCircuit(made);
    for (const { webhook } of log.entries) await cancel(webhook.id);
    await pass(3_000);
    assert.equal(forwarder.received.length, 3);
    forwarder.rule = null;
    const { caller } = await arrive();
    const { caller: second } = await arrive();
    assert.equal(forwarder.received.length, 4);
    assert.equal(second.told, 'queued');
    forwarder.received[3]?.answer(200);
    await turn();
    assert.equal(caller.head?.status, 200);
    assert.equal(delivery.stats().botHosts['main']?.circuit, 'ramping');
  });

  test('that comes back gets 1, 2, 4 ... at once, never more than its cap, until all is delivered', async () => {
    const made = harness({ botHosts });
    const { delivery, forwarder, leave, pass, log } = made;
    await delivery.start();
    await openCircuit(made);
    for (let count = 0; count < 57; count += 1) await leave();
    forwarder.rule = null;
    await pass(2_200);
    const rounds: number[] = [];
    for (let answered = 3; answered < 63 && rounds.length < 40;) {
      const underWay = forwarder.received.slice(answered);
      rounds.push(underWay.length);
      for (const received of underWay) received.answer(200);
      answered += underWay.length;
      await pass(1_000, 250);
    }
    assert.deepEqual(rounds.slice(0, 5), [1, 2, 4, 8, 8]);
    assert.equal(Math.max(...rounds), 8);
    assert.equal(log.count('delivered'), 60);
    assert.equal(delivery.stats().botHosts['main']?.circuit, 'closed');
  });

  test('attempts that hang on the lost host do not keep the probe from going, nor is the cap broken', async () => {
    const { delivery, forwarder, arrive, pass } = harness({
      botHosts: { main: botHostSettings({ concurrency: 8, circuit }) },
    });
    await delivery.start();
    for (let count = 0; count < 8; count += 1) await arrive();
    for (const received of forwarder.received.slice(0, 3)) received.fail('timeout');
    await pass(2_300);
    assert.equal(forwarder.underWay('main'), 6, 'five hang, one probes');
    forwarder.received.at(-1)?.answer(200);
    await pass(2_000);
    assert.ok(forwarder.peak('main') <= 8);
    assert.equal(delivery.stats().botHosts['main']?.circuit, 'ramping');
    for (const received of forwarder.received.slice(3, 8)) received.fail('timeout');
    await turn();
    assert.equal(delivery.stats().botHosts['main']?.circuit, 'ramping', 'they speak of the past');
  });
});

describe('a dead bot host beside a live one', () => {
  test('delays nothing of the live one', async () => {
    const { delivery, forwarder, arrive, leave, pass, log } = harness({
      botHosts: {
        dead: botHostSettings({ concurrency: 2, circuit: { ...circuit, failures: 1_000 } }),
        live: botHostSettings({ concurrency: 2 }),
      },
      routes: [routeSettings('to-dead', { botHost: 'dead' }), routeSettings('to-live', { botHost: 'live' })],
    });
    await delivery.start();
    forwarder.rule = (received) => {
      if (received.botHost === 'live') received.answer(200);
    };
    for (let count = 0; count < 50; count += 1) {
      await leave({ route: 'to-dead' });
      await arrive({ route: 'to-dead' });
      await leave({ route: 'to-live' });
      const { caller } = await arrive({ route: 'to-live' });
      await turn();
      assert.equal(caller.head?.status, 200);
    }
    await pass(2_000);
    assert.equal(log.count('delivered'), 100);
    assert.equal(forwarder.to('dead').length, 2, 'both hang, and keep its places');
    assert.ok(forwarder.peak('live') <= 2);
  });
});
