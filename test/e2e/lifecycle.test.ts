// Start, orderly end, hurried end, and what the next start finds: seen by probes, callers and the bot host.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { answersOk } from '../support/botHost.ts';
import { isReady, type Ended } from '../support/process.ts';
import { seededRandom } from '../support/seededRandom.ts';
import {
  answerHeader,
  NoAnswerError,
  openConnection,
  requestBytes,
  sendRequest,
  type RawConnection,
} from '../support/sender.ts';
import { isPromised, numberIn, someWebhook, startLoad } from '../support/senderLoad.ts';
import { waitFor } from '../support/waitFor.ts';
import { arrivalsOf, arrivedTimes } from './support/arrivals.ts';
import { endedWithin, notReady, openStage, type Stage } from './support/stage.ts';

describe('a server’s life', () => {
  let stage: Stage;
  const connections: RawConnection[] = [];

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url, circuit: { openFor: '100ms', openMax: '200ms' } } },
      routes: [
        {
          name: 'wait',
          path: '/wait/*',
          answer: { for: '20s' },
          retry: { firstDelay: '50ms', maxDelay: '50ms' },
        },
        {
          name: 'brief',
          path: '/brief',
          answer: { for: '200ms' },
          retry: { firstDelay: '50ms', maxDelay: '50ms', attempts: 100 },
        },
      ],
      limits: { shutdownTimeout: '20s' },
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  // Each test ends its server and leaves the next one to the test that follows: a start costs a second.
  beforeEach(async () => {
    stage.botHost.behave(answersOk);
    if (!(await isReady(stage.server.adminUrl))) await stage.restart('kill');
  });

  afterEach(() => {
    for (const connection of connections.splice(0)) connection.destroy();
  });

  const admin = async (path: string) => {
    const answer = await fetch(stage.server.adminUrl + path);
    return { status: answer.status, body: (await answer.json()) as unknown };
  };

  /** A caller whose webhook has arrived at the bot host and who waits for the answer. */
  async function heldCaller(target: string): Promise<{ connection: RawConnection; id: string }> {
    const before = stage.botHost.ledger.length;
    const connection = await openConnection(stage.server.publicUrl);
    connections.push(connection);
    await connection.write(requestBytes({ target, body: 'held' }));
    const { arrived } = await waitFor('the arrival', () => stage.botHost.ledger[before]);
    return { connection, id: arrived.id ?? '' };
  }

  test('probes see it alive and ready, and while it stops alive but not ready, and then gone', async () => {
    assert.deepEqual(await admin('/healthz'), { status: 200, body: { status: 'alive' } });
    assert.deepEqual(await admin('/readyz'), { status: 200, body: { status: 'ready', reasons: [] } });
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    stage.botHost.behave(async () => (await released, { status: 200, body: 'at last' }));
    const { connection, id } = await heldCaller('/wait/probes');
    const { server } = stage;
    server.signal('SIGTERM');
    await notReady(server);
    assert.deepEqual(await admin('/healthz'), { status: 200, body: { status: 'alive' } });
    assert.deepEqual(await admin('/readyz'), {
      status: 503,
      body: { status: 'not ready', reasons: ['the server is stopping'] },
    });
    await assert.rejects(openConnection(server.publicUrl), NoAnswerError, 'new callers are not let in');

    release();
    const answer = await connection.answer();
    assert.deepEqual([answer.status, answer.body.toString()], [200, 'at last']);
    assert.equal(answerHeader(answer, 'connection'), 'close');
    assert.deepEqual(await endedWithin(server, 10_000), { code: 0, signal: null });
    assert.equal(await isReady(server.adminUrl), false);
    await stage.restart('stop');
    assert.equal((await stage.record(id)).state, 'delivered');
  });

  test('SIGTERM under load: what it has accepted is answered, and delivered once; it ends with 0', async () => {
    stage.botHost.behave(() => ({ delayMs: 10, body: 'ok' }));
    const from = stage.botHost.ledger.length;
    const kept = (await stage.metrics()).value('hookward_webhooks{state="delivered"}');
    let at: string | null = stage.server.publicUrl;
    const load = startLoad({
      url: () => at,
      senders: 20,
      random: seededRandom(11),
      make: (number, random) => someWebhook('/wait/load', number, random, 20_000),
    });
    try {
      const answered = () => load.ledger.filter(isPromised).length;
      await waitFor('two hundred answers', () => answered() >= 200, 30_000);
      stage.server.signal('SIGTERM');
      assert.deepEqual(await endedWithin(stage.server, 25_000), { code: 0, signal: null });
    } finally {
      at = null;
      await load.stop();
    }
    const promised = new Set(load.ledger.filter(isPromised).map(({ number }) => number));
    const arrived = stage.botHost.ledger.slice(from).map((line) => numberIn(line.arrived.target) ?? -1);
    assert.deepEqual(
      arrived.toSorted((one, other) => one - other),
      [...promised].sort((one, other) => one - other),
      'every webhook that was answered arrived once, and no other did',
    );
    await stage.restart('stop');
    assert.deepEqual((await stage.metrics()).above0('hookward_webhooks'), {
      'hookward_webhooks{state="delivered"}': kept + promised.size,
    });
    assert.equal(stage.botHost.ledger.length, from + promised.size, 'nothing is delivered again');
  });

  test('one Ctrl-C that comes twice, from the terminal and from npm, is one orderly end', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    stage.botHost.behave(async () => (await released, { status: 200, body: 'in order' }));
    const { connection } = await heldCaller('/wait/ctrl-c');
    const { server } = stage;
    // Two names, since the system may merge two signals of one name.
    server.signal('SIGINT');
    server.signal('SIGTERM');
    await notReady(server);
    assert.equal((await admin('/healthz')).status, 200);
    release();
    assert.equal((await connection.answer()).body.toString(), 'in order');
    assert.deepEqual(await endedWithin(server, 10_000), { code: 0, signal: null });
  });

  test('a second SIGTERM ends it at once, and what was in flight is delivered after the next start', async () => {
    stage.botHost.behave(() => 'hang');
    const { id } = await heldCaller('/wait/hurry');
    const { server } = stage;
    server.signal('SIGTERM');
    await notReady(server);
    // Again and again, as an impatient person does: it counts as a second one after half a second.
    let end: Ended | null = null;
    void server.ended.then((how) => (end = how));
    const ended = await waitFor('the process to end', () => {
      if (end === null) server.signal('SIGTERM');
      return end;
    });
    assert.deepEqual(ended, { code: 130, signal: null });

    stage.botHost.behave(answersOk);
    await stage.restart('stop');
    await stage.settled(id, 'delivered');
    const ids = (await arrivedTimes(stage.botHost, id, 2)).map((arrived) => arrived.id);
    assert.deepEqual(ids, [id, id]);
  });

  for (const end of ['stop', 'kill'] as const) {
    test(`after a ${end} the next start delivers everything that was pending, each under its id`, async () => {
      await stage.botHost.away();
      const ids: string[] = [];
      for (let number = 0; number < 30; number += 1) {
        const answer = await sendRequest(stage.server.publicUrl, { target: '/brief', body: String(number) });
        assert.equal(answer.status, 202);
        ids.push(answerHeader(answer, 'hookward-id') ?? '');
      }
      await (end === 'stop' ? stage.server.stop() : stage.server.kill());
      await stage.botHost.back();
      await stage.restart('stop');
      for (const id of ids) await stage.settled(id, 'delivered');
      assert.deepEqual(
        ids.map((id) => arrivalsOf(stage.botHost, id).map(({ body }) => body.toString())),
        ids.map((_, number) => [String(number)]),
      );
    });
  }
});
