// Copies of one event: whatever became of the first call, the bot sees one webhook, and every caller gets an answer.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { answersOk, type BotAnswer } from '../support/botHost.ts';
import { answerHeader, sendRequest, type RawAnswer } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { openStage, type Stage } from './support/stage.ts';

const json = ['Content-Type', 'application/json'];
const quick = { firstDelay: '50ms', maxDelay: '50ms' };

const idOf = (answer: RawAnswer) => answerHeader(answer, 'hookward-id');
const originalOf = (answer: RawAnswer) => answerHeader(answer, 'hookward-duplicate-of');

/** A promise that a test resolves. */
function gate<T>(): { readonly passed: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => undefined;
  const passed = new Promise<T>((resolve) => (open = resolve));
  return { passed, open };
}

describe('copies of an event', () => {
  let stage: Stage;
  let events = 0;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url, circuit: { failures: 1000 } } },
      routes: [
        { name: 'wait', path: '/wait', dedupe: { key: 'json:/id' }, answer: { for: '10s' }, retry: quick },
        { name: 'ack', path: '/ack', dedupe: { key: 'json:/id' }, answer: { mode: 'ack' }, retry: quick },
        { name: 'status', path: '/status', dedupe: { key: ['json:/id', 'json:/status'] } },
        { name: 'again', path: '/again', dedupe: { key: 'json:/id', whenDelivered: 'deliver' } },
        { name: 'brief', path: '/brief', dedupe: { key: 'json:/id', window: '1s' } },
        { name: 'ordered', path: '/ordered', dedupe: { key: 'json:/id' }, order: { by: 'json:/user' } },
        { name: 'header', path: '/header', dedupe: { key: 'header:X-Event' } },
        {
          name: 'held',
          path: '/held',
          dedupe: { key: 'json:/id' },
          answer: { mode: 'ack' },
          retry: { firstDelay: '1h', maxDelay: '1h' },
        },
        { name: 'off', path: '/off' },
      ],
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  beforeEach(() => stage.botHost.behave(answersOk));

  const newEvent = () => `evt_${String((events += 1))}`;

  const send = (path: string, event: unknown) =>
    sendRequest(stage.server.publicUrl, { target: path, headers: json, body: JSON.stringify(event) });

  /** How often the bot host has seen an event, and under which ids. */
  function seen(id: string): { readonly times: number; readonly ids: readonly (string | null)[] } {
    const arrivals = stage.botHost.ledger.filter(({ arrived }) => arrived.body.includes(`"${id}"`));
    return { times: arrivals.length, ids: [...new Set(arrivals.map(({ arrived }) => arrived.id))] };
  }

  test('a copy of a pending one waits for the same outcome', async () => {
    const { passed, open } = gate<BotAnswer>();
    stage.botHost.behave(() => passed);
    const id = newEvent();
    const first = send('/wait', { id });
    await waitFor('the first call to arrive', () => seen(id).times === 1);
    const copies = [send('/wait', { id }), send('/wait', { id })];
    await waitFor('both copies to be noted', async () => {
      const page = await stage.metrics();
      return page.value('hookward_duplicates_total{route="wait",outcome="joined"}') >= 2;
    });
    open({ status: 201, headers: ['X-Bot', 'yes'], body: 'the one answer' });
    const answer = await first;
    assert.equal(originalOf(answer), null);
    for (const copy of await Promise.all(copies)) {
      assert.equal(copy.status, 201);
      assert.equal(copy.body.toString(), 'the one answer');
      assert.equal(answerHeader(copy, 'X-Bot'), 'yes');
      assert.deepEqual([idOf(copy), originalOf(copy)], [idOf(answer), idOf(answer)]);
    }
    assert.equal(seen(id).times, 1);
  });

  test('twenty copies at the same moment are one webhook', async () => {
    const id = newEvent();
    const answers = await Promise.all(Array.from({ length: 20 }, () => send('/wait', { id })));
    assert.deepEqual(
      new Set(answers.map(({ status, body }) => `${status} ${body.toString()}`)),
      new Set(['200 ok']),
    );
    assert.equal(new Set(answers.map(idOf)).size, 1);
    assert.equal(
      answers.filter((answer) => originalOf(answer) === null).length,
      1,
      'one of them was the first',
    );
    assert.deepEqual(seen(id), { times: 1, ids: [idOf(answers[0] as RawAnswer)] });
  });

  test('a copy of a delivered one gets the stored answer, over a stop and over a kill', async () => {
    stage.botHost.behave(() => ({ status: 200, headers: ['X-Bot', 'first'], body: 'said once' }));
    const id = newEvent();
    const first = await send('/wait', { id });
    stage.botHost.behave(() => ({ status: 500, body: 'must not be asked' }));
    const assertStored = async () => {
      const copy = await send('/wait', { id });
      assert.deepEqual([copy.status, copy.body.toString()], [200, 'said once']);
      assert.equal(answerHeader(copy, 'X-Bot'), 'first');
      assert.equal(originalOf(copy), idOf(first));
    };
    await assertStored();
    await stage.settled(idOf(first) ?? '', 'delivered');
    await stage.restart('stop');
    await assertStored();
    await stage.restart('kill');
    await assertStored();
    assert.equal(seen(id).times, 1);
  });

  test('a copy of a dead one starts it again, under the same id', async () => {
    stage.botHost.behave(() => ({ status: 422, body: 'refused' }));
    const id = newEvent();
    const first = await send('/wait', { id });
    assert.equal(first.status, 422);
    await stage.settled(idOf(first) ?? '', 'dead');
    stage.botHost.behave(() => ({ status: 200, body: 'taken now' }));
    const copy = await send('/wait', { id });
    assert.deepEqual([copy.status, copy.body.toString()], [200, 'taken now']);
    assert.equal(originalOf(copy), idOf(first));
    assert.deepEqual(seen(id), { times: 2, ids: [idOf(first)] });
    const record = await stage.settled(idOf(first) ?? '', 'delivered');
    assert.deepEqual(
      record.events.map(({ type, by }) => (by === undefined ? type : `${type} by ${by}`)),
      ['attempted', 'replayed by sender', 'attempted'],
    );
  });

  test('retries of a failed forward are not swallowed: the copy waits for them', async () => {
    let tries = 0;
    stage.botHost.behave(() => ((tries += 1) < 3 ? { status: 503, body: 'threw' } : { body: 'at last' }));
    const id = newEvent();
    const [first, copy] = await Promise.all([send('/wait', { id }), send('/wait', { id })]);
    assert.deepEqual([first.body.toString(), copy.body.toString()], ['at last', 'at last']);
    assert.equal(seen(id).ids.length, 1);
    assert.equal(tries, 3);
  });

  test('a copy of a cancelled one is not delivered', async () => {
    stage.botHost.behave(() => ({ status: 503 }));
    const id = newEvent();
    const first = await send('/held', { id });
    await waitFor('a try', () => seen(id).times > 0);
    await stage.cli('cancel', idOf(first) ?? '', '--reason', 'test', '--yes');
    await stage.settled(idOf(first) ?? '', 'cancelled');
    stage.botHost.behave(answersOk);
    const { times } = seen(id);
    const copy = await send('/held', { id });
    assert.deepEqual([copy.status, originalOf(copy)], [200, idOf(first)]);
    assert.equal((await stage.record(idOf(first) ?? '')).state, 'cancelled');
    assert.equal(seen(id).times, times);
  });

  test('in mode ack copies are acknowledged at once, and a dead one starts again', async () => {
    stage.botHost.behave(() => ({ status: 400, body: 'no' }));
    const id = newEvent();
    const first = await send('/ack', { id });
    assert.equal(first.body.toString(), 'ok');
    await stage.settled(idOf(first) ?? '', 'dead');
    stage.botHost.behave(answersOk);
    const copy = await send('/ack', { id });
    assert.deepEqual([copy.status, copy.body.toString(), originalOf(copy)], [200, 'ok', idOf(first)]);
    await stage.settled(idOf(first) ?? '', 'delivered');
    assert.deepEqual(seen(id), { times: 2, ids: [idOf(first)] });
  });

  test('a payment whose status changes is another event', async () => {
    const id = newEvent();
    const waiting = await send('/status', { id, status: 'waiting' });
    const paid = await send('/status', { id, status: 'paid' });
    const paidAgain = await send('/status', { id, status: 'paid' });
    assert.notEqual(idOf(waiting), idOf(paid));
    assert.equal(originalOf(paidAgain), idOf(paid));
    assert.equal(seen(id).times, 2);
  });

  test('a deliberate redelivery is let through where the route says so, under the same id', async () => {
    const id = newEvent();
    const first = await send('/again', { id });
    await stage.settled(idOf(first) ?? '', 'delivered');
    stage.botHost.behave(() => ({ body: 'once more' }));
    const copy = await send('/again', { id });
    assert.deepEqual([copy.body.toString(), originalOf(copy)], ['once more', idOf(first)]);
    assert.deepEqual(seen(id), { times: 2, ids: [idOf(first)] });
  });

  test('after the window the same id is a new event', async () => {
    const id = newEvent();
    const first = await send('/brief', { id });
    assert.equal(originalOf(await send('/brief', { id })), idOf(first));
    await waitFor(
      'the window to be over',
      async () => originalOf(await send('/brief', { id })) === null,
      10_000,
    );
    assert.equal(seen(id).ids.length, 2);
  });

  test('the key may stand in a header; a call without one is no copy of anything', async () => {
    const sendAs = (name: string | null) =>
      sendRequest(stage.server.publicUrl, {
        target: '/header',
        headers: name === null ? [] : ['X-Event', name],
        body: 'x',
      });
    const first = await sendAs('one');
    assert.equal(originalOf(await sendAs('one')), idOf(first));
    assert.equal(originalOf(await sendAs('two')), null);
    assert.equal(originalOf(await sendAs(null)), null);
    assert.equal(originalOf(await sendAs(null)), null);
  });

  test('numbers that rounding would make equal are never copies', async () => {
    const raw = (body: string) =>
      sendRequest(stage.server.publicUrl, { target: '/wait', headers: json, body });
    const first = await raw('{"id":90071992547409930}');
    const second = await raw('{"id":90071992547409931}');
    assert.notEqual(idOf(first), idOf(second));
    assert.equal(originalOf(second), null);
  });

  test('order and copies go together', async () => {
    const [one, two] = [newEvent(), newEvent()];
    const { passed, open } = gate<BotAnswer>();
    stage.botHost.behave(() => passed);
    const first = send('/ordered', { id: one, user: 7 });
    await waitFor('the first to arrive', () => seen(one).times === 1);
    const behind = send('/ordered', { id: two, user: 7 });
    const copy = send('/ordered', { id: two, user: 7 });
    open({ body: 'in turn' });
    const answers = await Promise.all([first, behind, copy]);
    assert.deepEqual(
      answers.map(({ body }) => body.toString()),
      ['in turn', 'in turn', 'in turn'],
    );
    assert.equal(seen(two).times, 1);
  });

  test('routes do not share events, and without `dedupe` every call is a webhook', async () => {
    const id = newEvent();
    const answers = [
      await send('/wait', { id }),
      await send('/ack', { id }),
      await send('/off', { id }),
      await send('/off', { id }),
    ];
    assert.equal(new Set(answers.map(idOf)).size, 4);
    assert.deepEqual(answers.map(originalOf), [null, null, null, null]);
  });

  test('copies are counted, and shown with the first', async () => {
    const id = newEvent();
    const first = await send('/wait', { id });
    await stage.settled(idOf(first) ?? '', 'delivered');
    const series = 'hookward_duplicates_total{route="wait",outcome="answered"}';
    const before = (await stage.metrics()).value(series);
    await send('/wait', { id });
    await send('/wait', { id });
    assert.equal((await stage.metrics()).value(series), before + 2);
    const record = await stage.record(idOf(first) ?? '');
    assert.deepEqual(
      record.duplicates.map(({ ip }) => ip),
      ['127.0.0.1', '127.0.0.1'],
    );
    const shown = await stage.cli('show', idOf(first) ?? '');
    assert.equal(shown.match(/sent again, from 127\.0\.0\.1/g)?.length, 2);
    assert.match(shown, new RegExp(`event .*${id}`));
  });
});
