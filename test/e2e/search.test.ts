// Support looks for a payment by the sender's own id, and for words of a body: over the API and at the command line.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { SummaryView } from '../../src/admin/index.ts';
import { answersOk } from '../support/botHost.ts';
import { answerHeader, sendRequest } from '../support/sender.ts';
import { openStage, type Stage } from './support/stage.ts';

const headers = ['Content-Type', 'application/json'];

describe('search', () => {
  let stage: Stage;
  const longId = 'x'.repeat(300);

  before(async () => {
    const dedupe = { key: ['json:/id', 'json:/status'] };
    stage = await openStage(
      (url) => ({
        botHosts: { main: { url } },
        routes: [
          { name: 'pay', path: '/pay', dedupe },
          { name: 'other', path: '/other', dedupe },
          { name: 'plain', path: '/plain' },
        ],
        access: { perAddress: null },
      }),
      answersOk,
    );
  });

  after(() => stage.close());

  async function send(target: string, body: unknown): Promise<string> {
    const answer = await sendRequest(stage.server.publicUrl, { target, headers, body: JSON.stringify(body) });
    const id = answerHeader(answer, 'hookward-id');
    assert.ok(id);
    return id;
  }

  async function asked(query: Readonly<Record<string, string>>): Promise<string[]> {
    const answer = await fetch(`${stage.server.adminUrl}/api/webhooks?${String(new URLSearchParams(query))}`);
    assert.equal(answer.status, 200);
    return ((await answer.json()) as { items: SummaryView[] }).items.map(({ id }) => id);
  }

  async function listed(...args: string[]): Promise<string[]> {
    const text = await stage.cli('list', '--json', ...args);
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as SummaryView).id);
  }

  test('by event id finds all that a sender told of it, in every route or in one', async () => {
    const created = await send('/pay', { id: 'p/1 é', status: 'created' });
    const paid = await send('/pay', { id: 'p/1 é', status: 'paid' });
    const elsewhere = await send('/other', { id: 'p/1 é', status: 'paid' });
    const half = await send('/pay', { id: 'p/1 é' });
    await send('/pay', { id: 'p/2', status: 'paid' });
    await send('/plain', { id: 'p/1 é', status: 'paid' });
    assert.deepEqual(await asked({ event: 'p/1 é' }), [half, elsewhere, paid, created]);
    assert.deepEqual(await asked({ event: 'p/1 é', route: 'pay' }), [half, paid, created]);
    assert.deepEqual(await listed('--event', 'p/1 é', '--route', 'other'), [elsewhere]);
    assert.deepEqual(await asked({ event: 'p/1' }), []);
    assert.equal((await stage.record(paid)).eventId, 'p/1 é');
    assert.equal((await stage.record(half)).dedupeKey, null);
    await stage.restart('kill');
    assert.deepEqual(await asked({ event: 'p/1 é' }), [half, elsewhere, paid, created]);
  });

  test('by a long event id finds it, though the log keeps its digest', async () => {
    const id = await send('/pay', { id: longId, status: 'paid' });
    assert.deepEqual(await asked({ event: longId }), [id]);
    assert.deepEqual(await asked({ event: (await stage.record(id)).eventId ?? '' }), [id]);
  });

  test('by text finds what the body holds, within a time', async () => {
    const note = 'ключ & <b>';
    const id = await send('/plain', { note });
    const { receivedAt } = await stage.record(id);
    const next = new Date(Date.parse(receivedAt) + 1).toISOString();
    assert.deepEqual(await asked({ text: 'ключ &' }), [id]);
    assert.deepEqual(await asked({ text: note, since: receivedAt, until: next }), [id]);
    assert.deepEqual(await asked({ text: note, since: next }), []);
    assert.deepEqual(await listed('--text', note, '--since', '1h'), [id]);
    assert.deepEqual(await asked({ text: 'Ключ' }), []);
  });

  for (const [name, value] of [
    ['event', 'x'.repeat(513)],
    ['text', 'x'.repeat(257)],
    ['text', ''],
  ] as const) {
    test(`by ${name} of ${String(value.length)} characters is refused, and says what is wrong`, async () => {
      const query = String(new URLSearchParams({ [name]: value }));
      const answer = await fetch(`${stage.server.adminUrl}/api/webhooks?${query}`);
      assert.equal(answer.status, 400);
      assert.match(await answer.text(), new RegExp(name));
    });
  }
});
