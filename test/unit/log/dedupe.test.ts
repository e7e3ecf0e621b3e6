import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { Webhook } from '../../../src/core/webhook.ts';
import { duplicatesNotedMax } from '../../../src/log/index.ts';
import type { Log } from '../../../src/log/index.ts';
import { dedupeEntryKey, dedupeHash, envelopeKey, spaceRange } from '../../../src/log/level/keys.ts';
import { copyAsKilled } from '../../support/crashCopy.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { waitFor } from '../../support/waitFor.ts';
import { databaseFiles, faults, flipBitAt } from './faults.ts';
import {
  appendOne,
  arrive,
  bytesOnDisk,
  delivered,
  inDatabase,
  listAll,
  openLog,
  scratchDir,
  settle,
  start,
  webhook,
} from './support.ts';

const withCode = (code: string) => (error: unknown) => (error as { code?: string }).code === code;
const copyOf = (facts: Partial<Webhook> = {}) => webhook({ dedupeKey: 'e', ...facts });

/** Lets everything that is over go. */
async function retainAll(log: Log, limit = 500): Promise<void> {
  const policy = { keepMs: { delivered: 0, dead: 0, cancelled: 0 }, bytesMax: 1e12 };
  let more = true;
  while (more) ({ more } = await log.retain({ policy, now: start + 1e6, limit }));
}

/** The keys of one space in the database of a log that is closed. */
function keysOf(dir: string, space: Parameters<typeof spaceRange>[0]): Promise<Buffer[]> {
  return inDatabase(dir, (db) => db.keys(spaceRange(space)).all());
}

describe('copies and writes that fail', () => {
  for (const fault of ['lost', 'ghost'] as const) {
    test(`copies that wait for a write that fails are not told that it was kept (${fault})`, async (t) => {
      const its = faults();
      const log = await openLog(t, { dir: await scratchDir(t), ports: { open: its.open } });
      its.write = fault;
      const hooks = Array.from({ length: 6 }, () => copyOf());
      const outcomes = await Promise.allSettled(hooks.map((one) => arrive(log, one)));
      for (const outcome of outcomes) {
        assert.ok(outcome.status === 'rejected' && withCode('log-failing')(outcome.reason));
      }
      its.write = null;
      await waitFor('the log is open again', () => log.stats().mode === 'ok');
      const [first] = hooks;
      // A ghost is on disk though its sender was told no: its next try is a copy, and not a second webhook.
      assert.deepEqual(await listAll(log, {}), fault === 'lost' ? [] : [first!.id]);
      const again = copyOf();
      const { duplicateOf } = await arrive(log, again);
      assert.equal(duplicateOf, fault === 'lost' ? null : first!.id);
      const original = duplicateOf ?? again.id;
      assert.equal((await arrive(log, copyOf())).duplicateOf, original);
      assert.deepEqual(await listAll(log, {}), [original]);
    });

    test(`a copy is one though the note of it cannot be written (${fault})`, async (t) => {
      const its = faults();
      const log = await openLog(t, { dir: await scratchDir(t), ports: { open: its.open } });
      const first = copyOf();
      await arrive(log, first);
      await arrive(log, copyOf({ receivedAt: start + 1 }));
      its.write = fault;
      assert.equal((await arrive(log, copyOf({ receivedAt: start + 2 }))).duplicateOf, first.id);
      its.write = null;
      await waitFor('the log is open again', () => log.stats().mode === 'ok');
      assert.equal((await arrive(log, copyOf({ receivedAt: start + 3 }))).duplicateOf, first.id);
      const { duplicates } = (await log.get({ id: first.id }))!;
      const noted = duplicates.map(({ at }) => at - start);
      assert.deepEqual(noted, fault === 'lost' ? [1, 3] : [1, 2, 3]);
    });
  }

  test('a copy whose original fails alone is written in its place', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    // More routes than there are numbers: the whole call fails, after its webhooks have been taken for originals.
    const keys = Array.from({ length: 8 }, (_, at) => `e${at}`);
    const doomed = Array.from({ length: keys.length + 65_536 }, (_, at) =>
      webhook({ route: at < keys.length ? 'orders' : `r${at}`, dedupeKey: keys[at] ?? null }),
    );
    const call = { webhooks: doomed, leaseMs: 1_000, orderWaitMaxMs: 0, dedupeWindowMs: 1e9, now: start };
    const failing = assert.rejects(log.append(call), withCode('internal-error'));
    const copies = keys.flatMap((dedupeKey) => [webhook({ dedupeKey }), webhook({ dedupeKey })]);
    const appended = await Promise.all(copies.map((one) => arrive(log, one)));
    await failing;
    for (const [at, { duplicateOf, lease }] of appended.entries()) {
      assert.equal(duplicateOf, at % 2 === 0 ? null : copies[at - 1]!.id);
      assert.equal(lease === null, at % 2 !== 0);
    }
    assert.equal(log.stats().counts.pending, keys.length);
  });

  test('copies of a log that stops are kept or refused, and no one is kept twice', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const hooks = Array.from({ length: 60 }, (_, at) => copyOf({ dedupeKey: `e${at % 6}` }));
    const calls = Promise.allSettled(hooks.map((one) => arrive(log, one)));
    await log.stop(5_000);
    const outcomes = await calls;
    const again = await openLog(t, { dir });
    const kept = new Set(await listAll(again, {}, 100));
    assert.ok(kept.size <= 6);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') assert.ok(withCode('log-closed')(outcome.reason));
      else assert.ok(kept.has(outcome.value.duplicateOf ?? outcome.value.id));
    }
  });
});

describe('copies and damage', () => {
  /** Two webhooks of one key, the second beyond the window of the first, in a table file; the log is closed. */
  async function twoOriginals(t: Parameters<typeof scratchDir>[0]) {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const random = seededRandom(7);
    const hooks = [0, 1_000].map((after) => {
      const one = copyOf({ receivedAt: start + after });
      return { ...one, request: { ...one.request, body: Buffer.from(random.bytes(200)) } };
    });
    for (const one of hooks) {
      const { lease } = await arrive(log, one, 500);
      await settle(log, lease!, delivered());
    }
    await arrive(log, copyOf({ receivedAt: start + 1_001 }), 500);
    await log.stop(1_000);
    // Opening twice moves the records from the log file into a table, where LevelDB checks nothing.
    await (await openLog(t, { dir })).stop(1_000);
    return { dir, hooks };
  }

  test('an original that cannot be read makes nothing a copy: an older one does, or the new one is written', async (t) => {
    const { dir, hooks } = await twoOriginals(t);
    flipBitAt(dir, Buffer.from(hooks[1]!.request.body).subarray(0, 20));
    const log = await openLog(t, { dir });
    const near = copyOf({ receivedAt: start + 1_002 });
    assert.equal((await arrive(log, near, 5_000)).duplicateOf, hooks[0]!.id, 'the older one counts');
    const { duplicateOf, lease } = await arrive(log, near, 500);
    assert.equal(duplicateOf, null);
    assert.notEqual(lease, null);
    assert.equal((await arrive(log, copyOf({ receivedAt: start + 1_003 }), 500)).duplicateOf, near.id);
    assert.deepEqual((await log.get({ id: near.id }))?.duplicates.length, 1);
    assert.equal(log.stats().unreadableRecords, 1);
  });

  test('what cannot be read goes with its notes when its time is over; its entry stays and makes nothing a copy', async (t) => {
    const { dir, hooks } = await twoOriginals(t);
    for (const { request } of hooks) flipBitAt(dir, Buffer.from(request.body).subarray(0, 20));
    const log = await openLog(t, { dir });
    await retainAll(log);
    const one = copyOf({ receivedAt: start + 2_000 });
    assert.equal((await arrive(log, one, 1e9)).duplicateOf, null);
    assert.equal((await arrive(log, copyOf(), 1e9)).duplicateOf, one.id);
    const { recordBytes } = log.stats();
    await log.stop(1_000);
    assert.equal((await keysOf(dir, 'envelope')).length, 1);
    assert.equal((await keysOf(dir, 'duplicate')).length, 1);
    assert.equal((await keysOf(dir, 'dedupe')).length, 3);
    assert.equal(recordBytes, await bytesOnDisk(dir));
  });

  test('an entry whose webhook is gone makes nothing a copy', async (t) => {
    const { dir, hooks } = await twoOriginals(t);
    await inDatabase(dir, (db) => db.del(envelopeKey(hooks[1]!.id)));
    const log = await openLog(t, { dir });
    assert.equal((await arrive(log, copyOf({ receivedAt: start + 1_001 }), 500)).duplicateOf, null);
  });

  test('counting anew brings lost entries back, and counts entries and notes', async (t) => {
    const { dir, hooks } = await twoOriginals(t);
    const head = (await keysOf(dir, 'head'))[0]!;
    const [, lost] = hooks.map(({ id }) =>
      dedupeEntryKey(0, dedupeHash({ eventId: null, dedupeKey: 'e' })!, id),
    );
    await inDatabase(dir, (db) => db.batch([head, lost!].map((key) => ({ type: 'del' as const, key }))));
    const log = await openLog(t, { dir });
    assert.ok(log.told.notices.some(({ text }) => text.includes('counted anew')));
    assert.equal((await arrive(log, copyOf({ receivedAt: start + 1_001 }), 500)).duplicateOf, hooks[1]!.id);
    assert.equal((await log.get({ id: hooks[1]!.id }))?.duplicates.length, 2);
    const { recordBytes } = log.stats();
    await log.stop(1_000);
    assert.equal((await keysOf(dir, 'dedupe')).length, 2);
    assert.equal(recordBytes, await bytesOnDisk(dir));
  });

  test('what LevelDB drops at open is dropped as a whole: what is left is known, and the rest is written anew', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const hooks = Array.from({ length: 30 }, (_, at) =>
      webhook({ receivedAt: start + at, dedupeKey: `e${at}`, body: `body-${at}-`.repeat(400) }),
    );
    for (const one of hooks) await arrive(log, one);
    for (const { dedupeKey } of hooks.slice(0, 10)) await arrive(log, webhook({ dedupeKey }));
    const killed = join(await scratchDir(t), 'copy');
    copyAsKilled(dir, killed);
    const [file] = databaseFiles(killed, '.log').sort(
      (one, other) => statSync(other).size - statSync(one).size,
    );
    const bytes = readFileSync(file!);
    bytes[50_000] = bytes[50_000]! ^ 1;
    writeFileSync(file!, bytes);
    const again = await openLog(t, { dir: killed });
    const kept = new Set<WebhookId>(await listAll(again, {}, 100));
    assert.ok(kept.size < 30 && kept.size > 0);
    for (const { id, dedupeKey } of hooks) {
      const { duplicateOf } = await arrive(again, webhook({ dedupeKey }));
      assert.equal(duplicateOf, kept.has(id) ? id : null);
    }
    const { recordBytes } = again.stats();
    await again.stop(1_000);
    assert.equal(recordBytes, await bytesOnDisk(killed));
  });
});

describe('copies and retention', () => {
  /** A log with one webhook that is over, and a way to hold its next write up until `let` is called. */
  async function heldUp(t: Parameters<typeof scratchDir>[0]) {
    const its = faults();
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir, ports: { open: its.open } });
    const over = copyOf();
    const { lease } = await arrive(log, over);
    await settle(log, lease!, delivered());
    let letThrough: () => void = () => undefined;
    its.gate = new Promise<void>((resolve) => (letThrough = resolve));
    const written = its.writes.length;
    const writing = () => waitFor('a write', () => its.writes.length > written);
    return { log, dir, over, writing, letThrough };
  }

  const soon = { timeout: 20_000 };
  test(
    'a webhook stays while a copy is being noted with it, and goes with the note next time',
    soon,
    async (t) => {
      const { log, dir, over, writing, letThrough } = await heldUp(t);
      const copy = arrive(log, copyOf({ receivedAt: start + 1 }));
      await writing();
      await retainAll(log);
      letThrough();
      assert.equal((await copy).duplicateOf, over.id);
      assert.equal((await log.get({ id: over.id }))?.duplicates.length, 1);
      await retainAll(log);
      assert.equal(await log.get({ id: over.id }), null);
      const { recordBytes } = log.stats();
      await log.stop(1_000);
      assert.deepEqual(await keysOf(dir, 'duplicate'), []);
      assert.equal(recordBytes, await bytesOnDisk(dir));
    },
  );

  test('a webhook that is being removed makes nothing a copy any more', async (t) => {
    const { log, over, writing, letThrough } = await heldUp(t);
    const removing = retainAll(log);
    await writing();
    const one = copyOf({ receivedAt: start + 1 });
    const arriving = arrive(log, one);
    await waitFor('it waits to be written', () => log.stats().inFlight === 1);
    letThrough();
    await removing;
    assert.equal((await arriving).duplicateOf, null);
    assert.deepEqual(await listAll(log, {}), [one.id]);
    assert.equal(await log.get({ id: over.id }), null);
  });
});

describe('what copies cost', () => {
  test('a webhook with a dedupe key is one record more, and a copy is one', async (t) => {
    const log = await openLog(t, { dir: await scratchDir(t) });
    await appendOne(log, webhook());
    log.told.batches.length = 0;
    const { lease } = await arrive(log, copyOf());
    await settle(log, lease!, delivered());
    await arrive(log, copyOf());
    // Each batch puts its head and deletes the one before.
    assert.deepEqual(
      log.told.batches.map(({ operations, synced }) => [operations, synced]),
      [
        [4, true],
        [3, false],
        [3, false],
      ],
    );
  });

  test('retention takes entries and notes along, in batches that are bounded, beside copies that arrive', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const keys = Array.from({ length: 40 }, (_, at) => `e${at}`);
    for (const dedupeKey of keys) {
      const { lease } = await arrive(log, webhook({ dedupeKey }));
      const copies = Array.from({ length: duplicatesNotedMax + 1 }, () => webhook({ dedupeKey }));
      const call = { webhooks: copies, leaseMs: 1, orderWaitMaxMs: 0, dedupeWindowMs: 1e9, now: start };
      await log.append(call);
      await settle(log, lease!, delivered());
    }
    log.told.batches.length = 0;
    const late = keys.map((dedupeKey) => arrive(log, webhook({ dedupeKey, receivedAt: start + 10 })));
    await Promise.all([retainAll(log), ...late]);
    for (const { lease } of await Promise.all(late)) {
      if (lease !== null) await settle(log, lease, delivered());
    }
    await retainAll(log);
    await retainAll(log);
    const largest = Math.max(...log.told.batches.map(({ operations }) => operations));
    assert.ok(largest < 2_500, `${largest} operations`);
    assert.deepEqual(log.stats().counts, { pending: 0, delivered: 0, dead: 0, cancelled: 0 });
    const { recordBytes } = log.stats();
    await log.stop(1_000);
    for (const space of ['envelope', 'event', 'duplicate', 'dedupe'] as const)
      assert.deepEqual(await keysOf(dir, space), [], space);
    assert.equal(recordBytes, await bytesOnDisk(dir));
  });
});
