import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { HookwardError } from '../../../src/core/errors.ts';
import { createLevelLog } from '../../../src/log/index.ts';
import { copyAsKilled } from '../../support/crashCopy.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import {
  dueKey,
  envelopeKey,
  idOfStateKey,
  allIds,
  routeKey,
  stateRange,
} from '../../../src/log/level/keys.ts';
import { openLevel } from '../../../src/log/level/open.ts';
import { makeRecord } from '../../../src/log/codec/record.ts';
import { waitFor } from '../../support/waitFor.ts';
import { databaseFiles, faults, flipBitAt } from './faults.ts';
import {
  append,
  appendOne,
  asked,
  bytesOnDisk,
  claim,
  dead,
  delivered,
  inDatabase,
  later,
  listAll,
  openLog,
  scratchDir,
  settle,
  start,
  webhook,
} from './support.ts';

const withCode = (code: string) => (error: unknown) => error instanceof HookwardError && error.code === code;

describe('opening', () => {
  test('a log that is not there is not made where that is not wanted', async (t) => {
    const dir = join(await scratchDir(t), 'none');
    await assert.rejects(openLog(t, { dir, create: false }), withCode('log-not-found'));
    assert.equal(existsSync(dir), false);
  });

  test('a second process is refused while the first holds the log', async (t) => {
    const dir = await scratchDir(t);
    await openLog(t, { dir });
    await assert.rejects(openLog(t, { dir }), withCode('log-locked'));
  });

  for (const text of ['', '{', 'null', '{"version":"1","state":"ready"}', '{"version":1}']) {
    test(`a format file that says ${JSON.stringify(text)} is refused`, async (t) => {
      const dir = await scratchDir(t);
      await (await openLog(t, { dir })).stop(1_000);
      writeFileSync(join(dir, 'format.json'), text);
      await assert.rejects(openLog(t, { dir }), withCode('log-damaged'));
    });
  }

  test('a log that has lost CURRENT is refused, and nothing of it is deleted', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    await append(log, ...Array.from({ length: 20 }, () => webhook()));
    await log.stop(1_000);
    rmSync(join(dir, 'db', 'CURRENT'));
    const left = readdirSync(join(dir, 'db')).sort();
    await assert.rejects(openLog(t, { dir }), withCode('log-damaged'));
    rmSync(join(dir, 'format.json'));
    await assert.rejects(openLog(t, { dir }), withCode('log-damaged'));
    assert.deepEqual(readdirSync(join(dir, 'db')).sort(), left);
  });

  test('a crash before the first start was over is no loss: the log is made again', async (t) => {
    const dir = await scratchDir(t);
    await (await openLog(t, { dir })).stop(1_000);
    writeFileSync(join(dir, 'format.json'), '{"version":1,"state":"creating"}');
    rmSync(join(dir, 'db', 'CURRENT'));
    const log = await openLog(t, { dir });
    await appendOne(log, webhook());
    assert.match(readFileSync(join(dir, 'format.json'), 'utf8'), /"ready"/);
  });

  test('ids go on after the greatest in the log', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    assert.equal(log.newestId(), null);
    const hooks = [webhook({ receivedAt: start + 5 }), webhook({ receivedAt: start })];
    await append(log, ...hooks);
    await log.stop(1_000);
    assert.equal((await openLog(t, { dir })).newestId(), hooks[0]!.id);
  });
});

describe('a kill', () => {
  test('what was in flight is pending again, and every counter is exact', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const hooks = Array.from({ length: 40 }, (_, n) => webhook({ receivedAt: start + n }));
    const leases = await append(log, ...hooks);
    for (const [n, lease] of leases.entries()) {
      if (n % 4 === 0) await settle(log, lease!, delivered());
      if (n % 4 === 1) await settle(log, lease!, dead());
      if (n % 4 === 2) await settle(log, lease!, later(start + 1_000));
    }
    const { claimed } = await claim(log, { now: start + 2_000, limit: 3 });
    const killed = join(await scratchDir(t), 'copy');
    copyAsKilled(dir, killed);
    const again = await openLog(t, { dir: killed });
    assert.deepEqual(again.stats().counts, { pending: 20, delivered: 10, dead: 10, cancelled: 0 });
    assert.deepEqual(again.stats().counts, log.stats().counts);
    assert.deepEqual(again.stats().pendingByRoute, { orders: 20 });
    assert.deepEqual(again.pendingRoutes(), ['orders']);
    const recovered = again.told.notices.find(({ code }) => code === 'recovered-pending');
    assert.match(recovered?.text ?? '', /^10 /);
    assert.equal((await claim(again, { now: start + 2_000, lane: 'live', limit: 100 })).claimed.length, 10);
    assert.equal((await claim(again, { now: start + 2_000, limit: 100 })).claimed.length, 10);
    assert.equal(claimed.length, 3);
    assert.equal(await settle(again, claimed[0]!.lease, delivered()), 'stale');
    assert.equal(again.stats().sequenceGaps, 0);
  });

  test('a second kill right after the first finds the same', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    await append(log, ...Array.from({ length: 10 }, () => webhook()));
    let from = dir;
    for (let round = 0; round < 3; round++) {
      const to = join(await scratchDir(t), 'copy');
      cpSync(from, to, { recursive: true });
      const again = await openLog(t, { dir: to });
      assert.equal(again.stats().counts.pending, 10);
      assert.equal((await listAll(again, { state: 'pending' })).length, 10);
      from = to;
    }
  });
});

describe('damage', () => {
  /** A log of `count` delivered webhooks with recognisable bodies, in a table file, closed. */
  async function damaged(t: Parameters<typeof scratchDir>[0], count: number) {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    // Bytes that do not compress are found in the file as they are.
    const random = seededRandom(7);
    const hooks = Array.from({ length: count }, (_, n) => {
      const one = webhook({ receivedAt: start + n });
      return { ...one, request: { ...one.request, body: Buffer.from(random.bytes(200)) } };
    });
    const leases = await append(log, ...hooks);
    return { dir, log, hooks, leases };
  }

  test('a flipped bit at rest is never served: the webhook is counted, told of, and passed by', async (t) => {
    const { dir, log, hooks, leases } = await damaged(t, 10);
    for (const lease of leases) await settle(log, lease!, delivered());
    await log.stop(1_000);
    // Opening twice moves the records from the log file into a table, where LevelDB checks nothing.
    await (await openLog(t, { dir })).stop(1_000);
    assert.ok(databaseFiles(dir, '.ldb').length > 0);
    flipBitAt(dir, Buffer.from(hooks[4]!.request.body).subarray(0, 20));
    const again = await openLog(t, { dir });
    assert.equal(await again.get({ id: hooks[4]!.id }), null);
    assert.equal(await again.get({ id: hooks[4]!.id }), null);
    assert.equal(again.stats().unreadableRecords, 1);
    assert.equal(again.told.notices.filter(({ code }) => code === 'record-unreadable').length, 1);
    const ids = hooks.filter((_, n) => n !== 4).map(({ id }) => id);
    assert.deepEqual(await listAll(again, {}), ids.reverse());
    assert.deepEqual(await again.replay(asked([hooks[4]!.id])), ['not-found']);
  });

  test('a due webhook that cannot be read is set aside; the others are given out', async (t) => {
    const { dir, log, hooks, leases } = await damaged(t, 5);
    for (const lease of leases) await settle(log, lease!, later(start + 100));
    await log.stop(1_000);
    await (await openLog(t, { dir })).stop(1_000);
    flipBitAt(dir, Buffer.from(hooks[0]!.request.body).subarray(0, 20));
    const again = await openLog(t, { dir });
    const first = await claim(again, { now: start + 200, limit: 2 });
    const second = await claim(again, { now: start + 200, limit: 10 });
    const ids = [...first.claimed, ...second.claimed].map(({ webhook: { id } }) => id);
    assert.deepEqual(
      ids,
      hooks.slice(1).map(({ id }) => id),
    );
    await waitFor('it is counted no more', () => again.stats().counts.pending === 4);
    await again.stop(1_000);
    const third = await openLog(t, { dir });
    assert.equal((await claim(third, { now: start + 200, limit: 10 })).claimed.length, 4);
    assert.equal(third.stats().counts.pending, 4);
  });

  test('a replayed webhook that cannot be read is set aside with all its entries', async (t) => {
    const { dir, log, hooks, leases } = await damaged(t, 2);
    for (const lease of leases) await settle(log, lease!, dead());
    await log.replay(asked(hooks.map(({ id }) => id)));
    await log.stop(1_000);
    await (await openLog(t, { dir })).stop(1_000);
    flipBitAt(dir, Buffer.from(hooks[0]!.request.body).subarray(0, 20));
    const again = await openLog(t, { dir });
    assert.equal((await claim(again, { now: start + 200, lane: 'replay' })).claimed.length, 1);
    await waitFor('it is counted no more', () => again.stats().counts.pending === 1);
    const { recordBytes } = again.stats();
    await again.stop(1_000);
    assert.equal(recordBytes, await bytesOnDisk(dir));
    const pending = await inDatabase(dir, (db) => db.keys(stateRange('pending', allIds)).all());
    assert.deepEqual(pending.map(idOfStateKey), [hooks[1]!.id]);
  });

  test('a webhook in flight that a kill and a flipped bit met is set aside at start, once', async (t) => {
    const { dir, log, hooks } = await damaged(t, 5);
    const killed = join(await scratchDir(t), 'copy');
    copyAsKilled(dir, killed);
    // Once through, so that the records are in a table; but with the memory of them as of the kill.
    await log.stop(1_000);
    await (await openLog(t, { dir })).stop(1_000);
    flipBitAt(dir, Buffer.from(hooks[2]!.request.body).subarray(0, 20));
    const again = await openLog(t, { dir });
    assert.equal((await claim(again, { now: start + 200, lane: 'live', limit: 10 })).claimed.length, 4);
    await waitFor('it is counted no more', () => again.stats().counts.pending === 4);
  });

  test('what LevelDB drops at open is said aloud, and the counters are counted anew', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const hooks = Array.from({ length: 30 }, (_, n) =>
      webhook({ receivedAt: start + n, body: `body-${n}-`.repeat(400) }),
    );
    const leases: Awaited<ReturnType<typeof append>> = [];
    for (const one of hooks) leases.push(...(await append(log, one)));
    for (const lease of leases.slice(0, 10)) await settle(log, lease!, delivered());
    const killed = join(await scratchDir(t), 'copy');
    copyAsKilled(dir, killed);
    const [file] = databaseFiles(killed, '.log').sort(
      (one, other) => statSync(other).size - statSync(one).size,
    );
    const bytes = readFileSync(file!);
    bytes[50_000] = bytes[50_000]! ^ 1;
    writeFileSync(file!, bytes);
    const again = await openLog(t, { dir: killed });
    assert.ok(again.told.notices.some(({ code }) => code === 'dropped-at-open'));
    const kept = await listAll(again, {}, 100);
    assert.ok(kept.length < 30 && kept.length > 0);
    const { counts } = again.stats();
    assert.equal(counts.pending + counts.delivered, kept.length);
    assert.equal((await listAll(again, { state: 'pending' }, 100)).length, counts.pending);
    const { claimed } = await claim(again, { now: start + 1e6, lane: 'live', limit: 100 });
    assert.equal(claimed.length, counts.pending);
    assert.equal(again.stats().recordBytes > 0, true);
  });

  test('a block that cannot be read stops neither a list nor a claim', async (t) => {
    const its = faults();
    const log = await openLog(t, { dir: await scratchDir(t), ports: { open: its.open } });
    const hooks = Array.from({ length: 5 }, (_, n) => webhook({ receivedAt: start + n }));
    for (const lease of await append(log, ...hooks)) await settle(log, lease!, later(start + 100));
    its.badBlock = true;
    const ids = hooks.map(({ id }) => id);
    assert.deepEqual((await listAll(log, {})).reverse(), ids);
    const { claimed } = await claim(log, { now: start + 200 });
    assert.deepEqual(claimed.map((one) => one.webhook.id).sort(), ids);
    assert.equal((await log.get({ id: ids[0]! }))?.events.length, 1);
    assert.ok(log.stats().unreadableRecords > 0);
  });

  test('a log that has lost a table is refused', async (t) => {
    const { dir, log } = await damaged(t, 5);
    await log.stop(1_000);
    await (await openLog(t, { dir })).stop(1_000);
    for (const path of databaseFiles(dir, '.ldb')) rmSync(path);
    await assert.rejects(openLog(t, { dir }), withCode('log-damaged'));
  });

  test('a route whose name is lost gets it back from its webhooks', async (t) => {
    const { dir, log, hooks, leases } = await damaged(t, 3);
    await settle(log, leases[0]!, later(start + 100));
    await log.stop(1_000);
    const db = await openLevel(join(dir, 'db'), { createIfMissing: false });
    await db.put(routeKey(0), Buffer.from('not a record'));
    await db.close();
    const again = await openLog(t, { dir });
    assert.deepEqual(again.pendingRoutes(), ['orders']);
    assert.equal((await claim(again, { now: start + 200 })).claimed[0]?.webhook.id, hooks[0]!.id);
  });

  test('a due entry that nothing stands behind is given out to nobody, and goes', async (t) => {
    const { dir, log, hooks, leases } = await damaged(t, 2);
    for (const lease of leases) await settle(log, lease!, delivered());
    await log.stop(1_000);
    const stray = [hooks[0]!.id, webhook().id].map((id) =>
      dueKey(0, 'retry', { dueAt: start + 50, id, eventNo: 0 }),
    );
    const db = await openLevel(join(dir, 'db'), { createIfMissing: false });
    for (const key of stray) {
      const record = makeRecord(key, Buffer.alloc(0));
      await db.put(record.key, record.value);
    }
    await db.close();
    const again = await openLog(t, { dir });
    assert.deepEqual((await claim(again, { now: start + 200 })).claimed, []);
    await waitFor('they are gone', async () => {
      const { claimed, nextDueAt } = await claim(again, { now: start + 200 });
      return claimed.length === 0 && nextDueAt === null && again.told.batches.length > 0;
    });
    await again.stop(1_000);
    const left = await openLevel(join(dir, 'db'), { createIfMissing: false });
    assert.deepEqual(await left.hasMany(stray), [false, false]);
    await left.close();
    assert.equal((await (await openLog(t, { dir })).get({ id: hooks[0]!.id }))?.standing.state, 'delivered');
  });

  test('missing numbers in the sequence are counted at start', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const hooks = Array.from({ length: 6 }, (_, n) => webhook({ receivedAt: start + n }));
    await append(log, ...hooks);
    const killed = join(await scratchDir(t), 'copy');
    copyAsKilled(dir, killed);
    const db = await openLevel(join(killed, 'db'), { createIfMissing: false });
    await db.batch([2, 3].map((n) => ({ type: 'del' as const, key: envelopeKey(hooks[n]!.id) })));
    await db.close();
    const again = await openLog(t, { dir: killed });
    assert.equal(again.stats().sequenceGaps, 2);
    assert.ok(again.told.notices.some(({ code }) => code === 'sequence-gap'));
  });
});

describe('a disk that runs full', () => {
  test('below the floor webhooks are refused, settlements are not; above it all is well again', async (t) => {
    let free = 1_000_000;
    const log = await openLog(t, {
      dir: await scratchDir(t),
      freeBytesMin: 100_000,
      ports: { freeBytes: () => Promise.resolve(free) },
    });
    const lease = await appendOne(log, webhook());
    free = 99_999;
    await waitFor('the log is full', () => log.stats().mode === 'full');
    await assert.rejects(append(log, webhook()), withCode('log-full'));
    assert.equal(await settle(log, lease, delivered()), 'settled');
    // A little more is not enough: the verdict must not flutter.
    free = 101_000;
    await waitFor('it has been looked at', () => log.stats().diskFreeBytes === 101_000);
    assert.equal(log.stats().mode, 'full');
    free = 110_000;
    await waitFor('there is room', () => log.stats().mode === 'ok');
    assert.equal((await append(log, webhook())).length, 1);
    assert.deepEqual(log.told.modes, ['ok', 'full', 'ok']);
  });

  test('the ballast is made where there is room, given up so that a full disk can be opened, and made again', async (t) => {
    const dir = await scratchDir(t);
    const its = faults();
    let free = 10_000_000;
    const params = {
      dir,
      ballastBytes: 100_000,
      ports: { open: its.open, freeBytes: () => Promise.resolve(free) },
    };
    const ballast = join(dir, 'ballast');
    const log = await openLog(t, params);
    await waitFor('the ballast', () => existsSync(ballast));
    assert.equal(statSync(ballast).size, 100_000);
    await log.stop(1_000);
    free = 1_000;
    its.failedOpens = 1;
    its.message = `${dir}/db/000009.ldb: No space left on device`;
    const again = await openLog(t, params);
    assert.equal(existsSync(ballast), false);
    assert.ok(again.told.notices.some(({ code }) => code === 'ballast-used'));
    assert.equal((await append(again, webhook())).length, 1);
    free = 10_000_000;
    await waitFor('the ballast again', () => existsSync(ballast));
  });

  test('a disk that is full without a ballast fails the start with a code', async (t) => {
    const its = faults();
    its.failedOpens = 1;
    const dir = await scratchDir(t);
    await assert.rejects(openLog(t, { dir, ports: { open: its.open } }), withCode('log-unavailable'));
    assert.equal((await openLog(t, { dir, ports: { open: its.open } })).stats().mode, 'ok');
  });

  test('pending and dead ones alone over bytesMax refuse more, until there is room', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    const lease = await appendOne(log, webhook({ body: 'x'.repeat(5_000) }));
    const policy = { keepMs: { delivered: 1e9, dead: 1e9, cancelled: 1e9 }, bytesMax: 1_000 };
    await log.retain({ policy, now: start, limit: 10 });
    assert.equal(log.stats().mode, 'full');
    await assert.rejects(append(log, webhook()), withCode('log-full'));
    await settle(log, lease, delivered());
    const { removed } = await log.retain({ policy, now: start + 100, limit: 10 });
    assert.equal(removed.delivered, 1);
    assert.equal(log.stats().mode, 'ok');
  });
});

test('the parts of the machine are the defaults', async (t) => {
  const dir = await scratchDir(t);
  const log = createLevelLog({
    dir,
    freeBytesMin: 1,
    ballastBytes: 0,
    clock: { now: () => start, monotonic: () => 0, after: () => ({ cancel: () => undefined }) },
    observer: { committed: () => undefined, modeChanged: () => undefined, noticed: () => undefined },
  });
  await log.start();
  assert.ok(log.stats().diskFreeBytes > 1);
  assert.ok(log.stats().diskBytes > 0);
  await log.stop(1_000);
});
