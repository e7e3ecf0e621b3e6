// A log that lies still and is damaged: what `verifyLog` finds, and what its repair makes of it.
import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, test } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import type { Webhook } from '../../../src/core/webhook.ts';
import type { VerifyProgress } from '../../../src/log/index.ts';
import { verifyLog } from '../../../src/log/index.ts';
import { makeRecord } from '../../../src/log/codec/record.ts';
import { dueKey, envelopeKey, routeKey, spaceRange } from '../../../src/log/level/keys.ts';
import { copyAsKilled } from '../../support/crashCopy.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { databaseFiles, flipBitAt } from './faults.ts';
import {
  append,
  asked,
  claim,
  dead,
  delivered,
  inDatabase,
  later,
  listAll,
  openLog,
  realClock,
  scratchDir,
  settle,
  start,
  webhook,
} from './support.ts';

const withCode = (code: string) => (error: unknown) => error instanceof HookwardError && error.code === code;

/** A log of `count` webhooks in every state, with order and dedupe keys, closed; the records are in tables. */
async function written(t: TestContext, count = 60): Promise<{ dir: string; hooks: readonly Webhook[] }> {
  const dir = await scratchDir(t);
  const log = await openLog(t, { dir });
  const random = seededRandom(11);
  const hooks = Array.from({ length: count }, (_, n) => {
    const one = webhook({
      receivedAt: start + n,
      orderKey: n % 7 === 0 ? `order-${n}` : null,
      dedupeKey: `event-${n}`,
    });
    return { ...one, request: { ...one.request, body: Buffer.from(random.bytes(200)) } };
  });
  const leases = await append(log, ...hooks);
  for (const [n, lease] of leases.entries()) {
    if (lease === null) continue;
    if (n % 4 === 0) await settle(log, lease, delivered());
    if (n % 4 === 1) await settle(log, lease, dead());
    if (n % 4 === 2) await settle(log, lease, later(start + 1_000));
  }
  await append(log, { ...webhook({ receivedAt: start + 1 }), dedupeKey: 'event-1' });
  await log.replay(asked([hooks[1]!.id]));
  await log.putAccess({
    entries: [
      { kind: 'ban', address: '192.0.2.7', reason: 'x', by: 'x', until: null, createdAt: start } as never,
    ],
  });
  await log.stop(1_000);
  await (await openLog(t, { dir })).stop(1_000);
  return { dir, hooks };
}

const verify = (dir: string, repair = false) =>
  verifyLog({ dir, repair, clock: realClock, onProgress: () => undefined });

/** Everything below a directory, by name, with its bytes. */
const filesIn = (dir: string) =>
  Object.fromEntries(
    readdirSync(dir, { recursive: true, encoding: 'utf8' })
      .filter((name) => statSync(join(dir, name)).isFile() && !name.endsWith('LOG'))
      .map((name) => [name, readFileSync(join(dir, name)).toString('base64')]),
  );

describe('verifying a log', () => {
  test('finds nothing wrong in a sound one, closed or killed, and leaves it as it was', async (t) => {
    const { dir } = await written(t);
    const before = filesIn(dir);
    const progress: VerifyProgress[] = [];
    const { found, mended } = await verifyLog({
      dir,
      repair: true,
      clock: realClock,
      onProgress: (step) => void progress.push(step),
    });
    assert.deepEqual(
      { ...found, spaces: null, webhooks: null },
      {
        isSound: true,
        openError: null,
        formatWrong: false,
        spaces: null,
        strangeKeys: 0,
        unreadableBlocks: 0,
        webhooks: null,
        webhooksMissing: 0,
        batchesMissing: 0,
        countersWrong: false,
        dropped: [],
        affected: [],
      },
    );
    assert.equal(mended, null);
    assert.equal(found.spaces.envelope.records, 60);
    assert.equal(found.spaces.duplicate.records, 1);
    assert.deepEqual(filesIn(dir), before);
    assert.ok(progress.some(({ step, done, total }) => step === 'copying' && done === total));
    assert.ok(progress.some(({ step, done, total }) => step === 'reading' && done === total));

    const log = await openLog(t, { dir });
    await append(log, webhook({ receivedAt: start + 5_000 }));
    const killed = join(await scratchDir(t), 'copy');
    copyAsKilled(dir, killed);
    assert.equal((await verify(killed)).found.isSound, true);
  });

  test('is refused where there is no log, a newer one, or no room for a copy, and leaves nothing behind', async (t) => {
    await assert.rejects(verify(join(await scratchDir(t), 'none')), withCode('log-not-found'));
    const { dir } = await written(t, 5);
    const noRoom = {
      dir,
      repair: true,
      clock: realClock,
      onProgress: () => undefined,
      freeBytes: () => Promise.resolve(1),
    };
    await assert.rejects(verifyLog(noRoom), /needs \d+ bytes of room .* and 1 are free/);
    writeFileSync(join(dir, 'format.json'), '{"version":99,"state":"ready"}');
    await assert.rejects(verify(dir), withCode('log-newer'));
    assert.deepEqual(readdirSync(dir).sort(), ['db', 'format.json', 'high-water']);
  });
});

describe('damage at rest', () => {
  /** Opens a mended log and says what it holds. */
  async function reopened(t: TestContext, dir: string) {
    const log = await openLog(t, { dir });
    assert.deepEqual(
      log.told.notices.filter(({ code }) => code !== 'opened' && code !== 'recovered-pending'),
      [],
    );
    return log;
  }

  test('a webhook that cannot be read is found, named, and left out; the others stay', async (t) => {
    const { dir, hooks } = await written(t);
    flipBitAt(dir, Buffer.from(hooks[14]!.request.body).subarray(0, 20));
    const { found } = await verify(dir);
    assert.equal(found.spaces.envelope.unreadable, 1);
    assert.ok(found.affected.includes(hooks[14]!.id));
    const before = filesIn(join(dir, 'db'));
    const { mended } = await verify(dir, true);
    assert.equal(mended?.after.isSound, true, JSON.stringify(mended));
    assert.deepEqual(filesIn(join(mended.backup, 'db')), before);
    const log = await reopened(t, dir);
    assert.equal((await listAll(log, {}, 100)).length, 59);
    assert.equal(log.stats().sequenceGaps, 0);
  });

  for (const file of ['CURRENT', 'MANIFEST'] as const) {
    test(`a log that has lost ${file} is mended without a loss`, async (t) => {
      const { dir } = await written(t);
      for (const path of databaseFiles(dir, '')) if (path.includes(file)) rmSync(path);
      await assert.rejects(openLog(t, { dir }), (error: Error) =>
        /hookward verify --repair/.test(error.message),
      );
      const { found, mended } = await verify(dir, true);
      assert.notEqual(found.openError, null);
      assert.equal(mended?.after.isSound, true, JSON.stringify(mended?.after));
      const log = await reopened(t, dir);
      assert.equal((await listAll(log, {}, 100)).length, 60);
      assert.deepEqual(log.stats().counts, { pending: 31, delivered: 15, dead: 14, cancelled: 0 });
      assert.equal((await log.listAccess()).length, 1);
    });
  }

  test('a log whose newest records are cut off says so at start, and how many webhooks are missing', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    for (let n = 0; n < 20; n += 1)
      await append(log, webhook({ receivedAt: start + n, body: 'x'.repeat(500) }));
    await log.stop(1_000);
    const [path] = databaseFiles(dir, '.log');
    truncateSync(path!, Math.floor(statSync(path!).size / 2));
    const { found } = await verify(dir);
    assert.ok(found.batchesMissing > 5 && found.webhooksMissing > 5, JSON.stringify(found));
    const again = await openLog(t, { dir });
    const left = (await listAll(again, {}, 100)).length;
    assert.ok(left < 15 && left > 0);
    assert.equal(again.stats().sequenceGaps, 20 - left);
    assert.equal(found.webhooksMissing, 20 - left);
    assert.ok(again.told.notices.some(({ code }) => code === 'end-missing'));
    await append(again, webhook({ receivedAt: start + 100 }));
    await again.stop(1_000);
    assert.deepEqual(
      (await openLog(t, { dir })).told.notices.map(({ code }) => code).includes('end-missing'),
      false,
    );
  });

  test('an index entry that is missing is made, one that nothing asks for goes, lost counters are counted', async (t) => {
    const { dir, hooks } = await written(t);
    await inDatabase(dir, async (db) => {
      const [due] = await db.keys(spaceRange('due')).all();
      const [state] = await db.keys(spaceRange('state')).all();
      const [order] = await db.keys(spaceRange('order')).all();
      const [dedupe] = await db.keys(spaceRange('dedupe')).all();
      const heads = await db.keys(spaceRange('head')).all();
      const gone = [due!, state!, order!, dedupe!, routeKey(0), ...heads];
      const stray = makeRecord(
        dueKey(0, 'retry', { dueAt: start, id: hooks[0]!.id, eventNo: 9 }),
        Buffer.alloc(0),
      );
      const alien = Buffer.from('alien');
      await db.batch([
        ...gone.map((key) => ({ type: 'del' as const, key })),
        { type: 'put', key: stray.key, value: stray.value },
        { type: 'put', key: alien, value: alien },
        { type: 'del', key: envelopeKey(hooks[4]!.id) },
      ]);
    });
    const { found, mended } = await verify(dir, true);
    for (const space of ['due', 'state', 'order', 'dedupe'] as const)
      assert.equal(found.spaces[space].missing, 1, space);
    assert.equal(found.spaces.due.unbacked, 1);
    assert.equal(found.spaces.event.unbacked, 1);
    assert.equal(found.spaces.dedupe.unbacked, 1);
    assert.equal(found.strangeKeys, 1);
    assert.equal(found.countersWrong, true);
    assert.equal(mended?.after.isSound, true, JSON.stringify(mended?.after));
    const log = await reopened(t, dir);
    assert.deepEqual(log.pendingRoutes(), ['orders']);
    const { claimed } = await claim(log, { now: start + 1e9, limit: 100 });
    assert.equal(claimed.length, 15);
  });

  test('a log in which nothing can be read is left as it is', async (t) => {
    const { dir } = await written(t, 200);
    for (const path of databaseFiles(dir, '.ldb')) writeFileSync(path, Buffer.alloc(statSync(path).size, 7));
    const before = filesIn(dir);
    await assert.rejects(verify(dir, true), withCode('log-damaged'));
    assert.deepEqual(filesIn(dir), before);
  });

  test('what a killed verification left is removed by the next one', async (t) => {
    const { dir } = await written(t, 5);
    cpSync(join(dir, 'db'), join(dir, 'verify-killed', 'db'), { recursive: true });
    await verify(dir);
    assert.equal(existsSync(join(dir, 'verify-killed')), false);
  });
});
