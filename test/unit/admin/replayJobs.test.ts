import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createReplayJobs } from '../../../src/admin/index.ts';
import { maskedJob, type ReplayJobView } from '../../../src/admin/replays/replays.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { Log } from '../../../src/log/index.ts';
import { levelLog } from '../../contract/levelEngine.ts';
import { dawn, deadBy, deliveredBy, webhookMaker } from '../../support/logFixtures.ts';
import { manualClock } from '../../support/manualClock.ts';
import { scratchDir, type ScratchDir } from '../../support/process.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { waitFor } from '../../support/waitFor.ts';

const hour = 3_600_000;
const asked = { by: 'ann', reason: 'the bot host was away' };
const dead = { filter: { state: 'dead' } };

describe('replay jobs', () => {
  let dir: ScratchDir;
  let log: Log;
  const made = webhookMaker();
  /** One for all, so that no two jobs of this file have the same id. */
  const random = seededRandom(1);

  before(async () => {
    dir = scratchDir();
    log = levelLog(dir.path);
    await log.start();
  });

  after(async () => {
    await log.stop(10_000);
    dir.remove();
  });

  /** So many webhooks of a route, given up or delivered. */
  async function settled(route: string, count: number, how: 'dead' | 'delivered' | 'pending' = 'dead') {
    const webhooks = Array.from({ length: count }, (_, at) => made.make({ route, receivedAt: dawn + at }));
    const params = { leaseMs: 10_000, orderWaitMaxMs: 25_000, dedupeWindowMs: 0, now: dawn };
    const appended = await log.append({ webhooks, ...params });
    const event = how === 'dead' ? deadBy() : deliveredBy();
    const settlements = appended.flatMap(({ lease }) => (lease === null ? [] : [{ lease, event }]));
    if (how !== 'pending') await log.settle({ settlements, now: dawn });
    return webhooks.map(({ id }) => id);
  }

  function jobs(over: Partial<Log> = {}) {
    const clock = manualClock(dawn + hour);
    const told = { woken: 0, counted: 0, changed: 0 };
    const failures: unknown[] = [];
    const table = createReplayJobs({
      log: {
        get: (params) => log.get(params),
        list: (params) => log.list(params),
        replay: (params) => log.replay(params),
        cancel: (params) => log.cancel(params),
        appendAudit: (params) => log.appendAudit(params),
        listAudit: (params) => log.listAudit(params),
        ...over,
      },
      clock,
      random,
      now: () => clock.now(),
      wake: () => (told.woken += 1),
      counted: (_, count) => (told.counted += count),
      changed: (_, ids) => (told.changed += ids.length),
      failed: (error) => void failures.push(error),
    });
    const end = (id: string) =>
      waitFor('the job to end', () => {
        const job = table.get(id);
        return job.endedAt === null ? null : job;
      });
    return { table, clock, told, failures, end };
  }

  const tallyOf = ({ state, total, replayed, conflicts, missing }: ReplayJobView) => ({
    ...{ state, total, replayed, conflicts, missing },
  });

  /** What the audit log says of a job, the oldest first. */
  async function auditOf(id: string) {
    const { entries } = await log.listAudit({ limit: 100, cursor: null });
    return entries
      .filter(({ subject }) => subject.startsWith(`job ${id}`))
      .reverse()
      .map(({ action, by, reason, subject }) => ({ action, by, reason, subject }));
  }

  async function pendingOf(route: string): Promise<number> {
    const page = await log.list({
      filter: { route, state: 'pending' },
      limit: 500,
      cursor: null,
      scanMax: 5_000,
    });
    return page.items.length;
  }

  describe('a preview', () => {
    test('counts what can be replayed, by route, and changes nothing', async () => {
      await settled('seen', 3);
      await settled('seen', 2, 'delivered');
      await settled('seen', 4, 'pending');
      const { table } = jobs();
      assert.deepEqual(await table.preview({ route: 'seen' }), {
        count: 5,
        isExact: true,
        oldest: new Date(dawn).toISOString(),
        newest: new Date(dawn + 2).toISOString(),
        byRoute: { seen: 5 },
      });
      assert.equal(await pendingOf('seen'), 4);
    });

    test('takes two seconds at most, and says then that there are at least so many', async () => {
      await settled('many', 1_600);
      const slow = jobs({
        list: (params) => {
          slow.clock.advance(700);
          return log.list(params);
        },
      });
      const found = await slow.table.preview({ route: 'many' });
      assert.deepEqual([found.count, found.isExact], [1_500, false]);
      const whole = await jobs().table.preview({ route: 'many' });
      assert.deepEqual([whole.count, whole.isExact], [1_600, true]);
    });

    test('of nothing is of none', async () => {
      const found = await jobs().table.preview({ route: 'nowhere' });
      assert.deepEqual(found, { count: 0, isExact: true, oldest: null, newest: null, byRoute: {} });
    });

    test('of a filter that is none is refused', async () => {
      for (const filter of [{ state: 'lost' }, { limit: '5' }, { cursor: 'x' }]) {
        await assert.rejects(async () => jobs().table.preview(filter), { code: 'usage-wrong' });
      }
    });
  });

  describe('a replay job', () => {
    test('by filter replays all that match, tells who must know, and is audited from start to end', async () => {
      await settled('all', 250);
      const { table, told, end } = jobs();
      const begun = await table.start({
        filter: { ...dead.filter, route: 'all' },
        ...asked,
        ratePerSecond: null,
      });
      assert.deepEqual(
        [begun.by, begun.reason, begun.filter],
        ['ann', asked.reason, { state: 'dead', route: 'all' }],
      );
      const job = await end(begun.id);
      assert.deepEqual(tallyOf(job), { state: 'done', total: 250, replayed: 250, conflicts: 0, missing: 0 });
      assert.equal(await pendingOf('all'), 250);
      assert.deepEqual(told, { woken: 3, counted: 250, changed: 250 });
      assert.deepEqual(
        await waitFor('the audit', async () =>
          (await auditOf(job.id)).length === 2 ? auditOf(job.id) : null,
        ),
        [
          { action: 'replay-start', ...asked, subject: `job ${job.id}: state=dead&route=all` },
          {
            action: 'replay-end',
            ...asked,
            subject: `job ${job.id} done: 250 of 250 replayed, 0 in a state that does not allow it, 0 gone`,
          },
        ],
      );
    });

    test('by ids tells those that are pending and those that are gone apart', async () => {
      const ids = [...(await settled('named', 2)), ...(await settled('named', 1, 'pending'))];
      const { table, end } = jobs();
      const gone = '01890000-0000-7000-8000-00000000dead' as WebhookId;
      const { id } = await table.start({ ids: [...ids, gone, 'no id'], ...asked, ratePerSecond: null });
      const job = await end(id);
      assert.deepEqual(tallyOf(job), { state: 'done', total: 5, replayed: 2, conflicts: 1, missing: 2 });
      assert.equal(job.filter, null);
    });

    test('leaves out what arrived after it had begun', async () => {
      await settled('early', 2);
      const { table, clock, end } = jobs();
      clock.step(-hour + 1);
      const { id } = await table.start({ filter: { route: 'early' }, ...asked, ratePerSecond: null });
      assert.equal((await end(id)).replayed, 1);
    });

    test('goes at its pace, and stops half-way: who and why is kept', async () => {
      await settled('paced', 40);
      const { table, clock } = jobs();
      const { id } = await table.start({ filter: { route: 'paced' }, ...asked, ratePerSecond: 40 });
      const replayed = (count: number) =>
        waitFor(`${String(count)} replayed`, () => table.get(id).replayed === count);
      await replayed(10);
      clock.advance(249);
      assert.equal(table.get(id).replayed, 10);
      clock.advance(1);
      await replayed(20);
      const stopped = await table.stop(id, { by: 'bob', reason: 'errors again' });
      assert.deepEqual(tallyOf(stopped), {
        state: 'stopped',
        total: 40,
        replayed: 20,
        conflicts: 0,
        missing: 0,
      });
      assert.deepEqual(stopped.stopped, { by: 'bob', reason: 'errors again' });
      clock.advance(hour);
      assert.equal(await pendingOf('paced'), 20);
      const [, last] = await auditOf(id);
      assert.deepEqual([last?.action, last?.by, last?.reason], ['replay-stop', 'bob', 'errors again']);
      assert.deepEqual(await table.stop(id, asked), stopped, 'one that has ended stays as it is');
    });

    test('fails with what the log says, and keeps what it had done', async () => {
      const ids = await settled('broken', 150);
      let calls = 0;
      const { table, end, failures } = jobs({
        replay: (params) => {
          calls += 1;
          return calls > 1 ? Promise.reject(new Error('a secret path')) : log.replay(params);
        },
      });
      const { id } = await table.start({ ids, ...asked, ratePerSecond: null });
      const job = await end(id);
      assert.deepEqual(tallyOf(job), {
        state: 'failed',
        total: 150,
        replayed: 100,
        conflicts: 0,
        missing: 0,
      });
      assert.equal(job.failure, 'Something went wrong here; the server logged what.');
      assert.equal(failures.length, 1);
    });

    test('does not begin where its beginning cannot be audited', async () => {
      const { table } = jobs({ appendAudit: () => Promise.reject(new Error('the disk is full')) });
      await assert.rejects(table.start({ ...dead, ...asked, ratePerSecond: null }), {
        message: 'the disk is full',
      });
      assert.deepEqual(table.list(), []);
    });

    test('stops though the log fails: that it is not audited is told', async () => {
      const ids = await settled('stuck', 10);
      let isBroken = false;
      const { table, failures } = jobs({
        appendAudit: (params) =>
          isBroken ? Promise.reject(new Error('the disk is full')) : log.appendAudit(params),
      });
      const { id } = await table.start({ ids, ...asked, ratePerSecond: 1 });
      isBroken = true;
      assert.equal((await table.stop(id, asked)).state, 'stopped');
      assert.equal(failures.length, 1);
    });
  });

  describe('replay jobs together', () => {
    test('four run at once; all end with the server', async () => {
      const ids = await settled('many', 10);
      const { table } = jobs();
      const order = { ids, ...asked, ratePerSecond: 1 };
      for (let at = 0; at < 4; at += 1) await table.start(order);
      await assert.rejects(table.start(order), { code: 'state-conflict' });
      await table.close();
      assert.deepEqual(new Set(table.list().map(({ state }) => state)), new Set(['stopped']));
      assert.deepEqual(table.list()[0]?.stopped, { by: 'server', reason: 'shutdown' });
    });

    test('the last 50 are kept, newest first', async () => {
      const { table, end } = jobs();
      const begun: string[] = [];
      for (let at = 0; at < 60; at += 1) {
        const { id } = await table.start({ ids: ['none'], ...asked, ratePerSecond: null });
        begun.push(id);
        await end(id);
      }
      const kept = table.list().map(({ id }) => id);
      assert.deepEqual(kept, begun.slice(-kept.length).reverse());
      assert.ok(kept.length === 50 || kept.length === 51);
      assert.throws(() => table.get(begun[0] ?? ''), { code: 'entry-not-found' });
      await assert.rejects(table.stop('none', asked), { code: 'entry-not-found' });
    });
  });

  test('a viewer is not shown what somebody has looked for in bodies', () => {
    const job = {
      filter: { route: 'pay', text: 'card 4242', event: 'evt_1' },
    } as Partial<ReplayJobView> as ReplayJobView;
    assert.deepEqual(maskedJob(job).filter, { route: 'pay', text: '***', event: '***' });
    assert.equal(maskedJob({ ...job, filter: null }).filter, null);
  });
});
