// How the bot host is spared, as the bot host itself sees it: one webhook of a key at a time, no more at once and no more
// in a window than allowed, and left alone while it is down.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { answersOk, startBotHost, type Arrived, type BotAnswer, type BotHost } from '../support/botHost.ts';
import { answerHeader, sendRequest } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { openStage, type Stage } from './support/stage.ts';

const concurrency = 3;
const rate = { requests: 5, per: '500ms' };
const again: BotAnswer = { status: 503, body: 'threw' };

/** The value of `name` in an arrival's query. */
const field = ({ target }: Arrived, name: string) => new URLSearchParams(target.split('?')[1]).get(name);

describe('the bot host', () => {
  let stage: Stage;
  let narrow: BotHost;
  let slow: BotHost;
  let flaky: BotHost;

  before(async () => {
    narrow = await startBotHost(() => ({ delayMs: 20, body: 'ok' }));
    slow = await startBotHost();
    flaky = await startBotHost();
    const retry = { firstDelay: '20ms', maxDelay: '20ms', attempts: 100 };
    const order = { by: 'query:user' };
    stage = await openStage((url) => ({
      botHosts: {
        main: { url },
        narrow: { url: narrow.url, concurrency },
        slow: { url: slow.url, rate },
        flaky: { url: flaky.url, circuit: { failures: 3, openFor: '3s', openMax: '3s' } },
      },
      routes: [
        { name: 'ordered', path: '/ordered', answer: { mode: 'ack' }, retry, order },
        { name: 'held', path: '/held', answer: { for: '10s' }, retry, order },
        {
          name: 'stuck',
          path: '/stuck',
          answer: { mode: 'ack' },
          retry,
          order: { ...order, waitMax: '500ms' },
        },
        { name: 'narrow', path: '/narrow', botHost: 'narrow', answer: { mode: 'ack' }, retry },
        { name: 'slow', path: '/slow', botHost: 'slow', answer: { mode: 'ack' }, retry },
        { name: 'flaky', path: '/flaky', botHost: 'flaky', answer: { for: '10s' }, retry },
      ],
      access: { perAddress: null },
    }));
  });

  after(async () => {
    try {
      await stage.close();
    } finally {
      await Promise.all([narrow, slow, flaky].map((host) => host.close()));
    }
  });

  beforeEach(() => stage.botHost.behave(answersOk));

  const send = (target: string) => sendRequest(stage.server.publicUrl, { target, body: 'x' });

  /** The arrivals of one key since the ledger had `from` lines, in the order in which they came. */
  const arrivalsOfKey = (user: string, from: number) =>
    stage.botHost.ledger
      .slice(from)
      .map(({ arrived }) => arrived)
      .filter((arrived) => field(arrived, 'user') === user);

  test('gets the webhooks of one key one after another in their order, while other keys overtake', async () => {
    const from = stage.botHost.ledger.length;
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const open = { now: 0, peak: 0 };
    stage.botHost.behave(async (arrived) => {
      if (field(arrived, 'user') !== 'a') return { status: 200 };
      open.peak = Math.max(open.peak, (open.now += 1));
      await released;
      open.now -= 1;
      return { status: 200 };
    });
    for (let n = 1; n <= 20; n += 1) {
      await send(`/ordered?user=a&n=${String(n)}`);
      await send(`/ordered?user=b${String(n)}&n=1`);
    }
    const others = await waitFor('the other keys to overtake', () => {
      const arrivals = stage.botHost.ledger
        .slice(from)
        .filter(({ arrived }) => field(arrived, 'user') !== 'a');
      return arrivals.length === 20 ? arrivals : null;
    });
    assert.equal(others.length, 20);
    assert.equal(arrivalsOfKey('a', from).length, 1, 'only the first of the key is under way');
    release();
    const ordered = await waitFor('all of the key', () => {
      const arrivals = arrivalsOfKey('a', from);
      return arrivals.length >= 20 ? arrivals : null;
    });
    assert.deepEqual(
      ordered.map((arrived) => Number(field(arrived, 'n'))),
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    assert.equal(open.peak, 1, 'never two of the key at once');
  });

  test('gets them in order though every second one fails twice: the next waits for the retries', async () => {
    const from = stage.botHost.ledger.length;
    const tries = new Map<string, number>();
    stage.botHost.behave((arrived) => {
      const n = field(arrived, 'n') ?? '';
      tries.set(n, (tries.get(n) ?? 0) + 1);
      return Number(n) % 2 === 0 && (tries.get(n) ?? 0) <= 2 ? again : { status: 200 };
    });
    for (let n = 1; n <= 20; n += 1) await send(`/ordered?user=f&n=${String(n)}`);
    const expected = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? [index + 1] : [index + 1, index + 1, index + 1],
    ).flat();
    const arrivals = await waitFor('all tries', () => {
      const soFar = arrivalsOfKey('f', from);
      return soFar.length >= expected.length ? soFar : null;
    });
    assert.deepEqual(
      arrivals.map((arrived) => Number(field(arrived, 'n'))),
      expected,
    );
  });

  test('callers held behind their key each get their own answer', async () => {
    stage.botHost.behave((arrived) => ({ delayMs: 20, body: `answer to ${field(arrived, 'n') ?? ''}` }));
    const answers = await Promise.all([1, 2, 3, 4, 5].map((n) => send(`/held?user=c&n=${String(n)}`)));
    assert.deepEqual(
      answers.map(({ status, body }) => [status, body.toString()]),
      [1, 2, 3, 4, 5].map((n) => [200, `answer to ${String(n)}`]),
    );
  });

  test('gets the next one of a key past one that is stuck for longer than waitMax', async () => {
    const from = stage.botHost.ledger.length;
    stage.botHost.behave((arrived) =>
      field(arrived, 'n') === '1' ? { status: 503, headers: ['Retry-After', '600'] } : { status: 200 },
    );
    await send('/stuck?user=s&n=1');
    await waitFor('the first', () => arrivalsOfKey('s', from).length === 1);
    await send('/stuck?user=s&n=2');
    const sentAt = performance.now();
    const passed = await waitFor('the second', () => arrivalsOfKey('s', from)[1]);
    assert.equal(field(passed, 'n'), '2');
    assert.ok(passed.at - sentAt >= 400, `it went past after ${String(passed.at - sentAt)} ms`);
  });

  test('never has more at once than its cap', async () => {
    for (let n = 0; n < 40; n += 1) await send(`/narrow?n=${String(n)}`);
    await waitFor('all to arrive', () => narrow.ledger.length === 40);
    assert.equal(narrow.peakConcurrency(), concurrency, 'the cap is kept, and used');
  });

  test('never gets more in a window than its rate', async () => {
    for (let n = 0; n < 16; n += 1) await send(`/slow?n=${String(n)}`);
    await waitFor('all to arrive', () => slow.ledger.length === 16);
    // Starts are capped in 500 ms; one that is held up on its way may fall into the next window, so less is looked at.
    const peak = slow.peakRate(300);
    assert.ok(peak <= rate.requests, `${String(peak)} in one window`);
    const times = slow.ledger.map(({ arrived }) => arrived.at);
    assert.ok(
      Math.max(...times) - Math.min(...times) >= 1_400,
      'sixteen take three windows and begin a fourth',
    );
  });

  test('that is down is left alone: callers are told at once, and all is delivered when it is back', async () => {
    await flaky.away();
    const first = await send('/flaky?n=0');
    assert.equal(first.status, 202, 'the caller that was there when the circuit opened is let go');
    const state = async () => (await stage.metrics()).value('hookward_circuit_state{bot_host="flaky"}');
    await waitFor('the circuit to be open', async () => (await state()) === 2);
    const attempted = async () =>
      Object.values((await stage.metrics()).above0('hookward_attempts_total{bot_host="flaky"')).reduce(
        (sum, count) => sum + count,
        0,
      );
    const tries = await attempted();
    const sentAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => send(`/flaky?n=${String(n + 1)}`)),
    );
    assert.ok(performance.now() - sentAt < 2_000, 'nobody was held');
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([202]));
    assert.equal(await attempted(), tries, 'nothing was tried');
    const deferred = (await stage.metrics()).value('hookward_deferred_total{reason="circuit-open"}');
    assert.ok(deferred >= 10);

    await flaky.back();
    const ids = [first, ...answers].map((answer) => answerHeader(answer, 'hookward-id') ?? '');
    for (const id of ids) await stage.settled(id, 'delivered');
    await waitFor('the circuit to close or ramp up', async () => (await state()) < 2);
    assert.equal(flaky.ledger.length, 11, 'each once');
  });
});
