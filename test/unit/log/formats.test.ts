import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRecord } from '../../../src/log/codec/record.ts';
import { spaceRange } from '../../../src/log/level/keys.ts';
import {
  append,
  appendOne,
  arrive,
  bytesOnDisk,
  inDatabase,
  openLog,
  scratchDir,
  start,
  webhook,
} from './support.ts';

const withCode = (code: string) => (error: unknown) => (error as { code?: string }).code === code;

describe('logs of other formats', () => {
  test('a log of a newer version is refused', async (t) => {
    const dir = await scratchDir(t);
    await (await openLog(t, { dir })).stop(1_000);
    writeFileSync(join(dir, 'format.json'), '{"version":4,"state":"ready"}');
    await assert.rejects(openLog(t, { dir }), withCode('log-newer'));
  });

  test('a log of the first version is read on, and says from then on that code for it cannot read it', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const one = webhook();
    await appendOne(log, one);
    await log.stop(1_000);
    const format = join(dir, 'format.json');
    assert.deepEqual(JSON.parse(readFileSync(format, 'utf8')), { version: 3, state: 'ready' });
    writeFileSync(format, '{"version":1,"state":"ready"}');
    const again = await openLog(t, { dir });
    assert.deepEqual((await again.get({ id: one.id }))?.webhook, one);
    assert.deepEqual(JSON.parse(readFileSync(format, 'utf8')), { version: 3, state: 'ready' });
  });

  test('a log of the second version is read on: its index of dedupe keys is written anew, once', async (t) => {
    const dir = await scratchDir(t);
    const log = await openLog(t, { dir });
    const hooks = Array.from({ length: 450 }, (_, at) => webhook({ dedupeKey: `e${at}` }));
    await append(log, ...hooks);
    await log.stop(1_000);
    await inDatabase(dir, async (db) => {
      const keys = await db.keys(spaceRange('dedupe')).all();
      // As that version had it: prefix, number of the route, digest of the key, id.
      const former = keys.map((key) => Buffer.concat([Buffer.of(0x23), key.subarray(9)]));
      assert.equal(former[0]?.length, 35);
      const puts = former.map((key) => ({ type: 'put' as const, ...makeRecord(key, Buffer.alloc(0)) }));
      const deletions = keys.map((key) => ({ type: 'del' as const, key }));
      await db.batch([...puts, ...deletions]);
    });
    writeFileSync(join(dir, 'format.json'), '{"version":2,"state":"ready"}');
    for (const opening of [1, 2]) {
      const again = await openLog(t, { dir });
      const isAnew = again.told.notices.some(({ text }) => text.includes('counted anew'));
      assert.equal(isAnew, opening === 1);
      assert.equal(again.stats().counts.pending, 450);
      const copies = [0, 449].map((at) => webhook({ dedupeKey: `e${at}`, receivedAt: start + opening }));
      for (const [at, copy] of copies.entries()) {
        assert.equal((await arrive(again, copy)).duplicateOf, hooks[at * 449]?.id);
      }
      const { recordBytes } = again.stats();
      await again.stop(1_000);
      assert.equal(recordBytes, await bytesOnDisk(dir));
      const left = await inDatabase(dir, (db) => db.keys(spaceRange('dedupe2')).all());
      assert.deepEqual(left, []);
    }
  });
});
