import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { AccessEntry, AuditEntry } from '../../src/log/index.ts';
import { dawn } from '../support/logFixtures.ts';
import { plain } from './engine.ts';
import type { Bench, OnBench } from './engine.ts';

const ban: AccessEntry = {
  kind: 'ban',
  address: '203.0.113.7',
  reason: 'too many requests \u2013 \u00e9\u{1f6ab}',
  by: 'hookward',
  createdAt: dawn,
  until: dawn + 600_000,
  strikes: 3,
};
const listed: AccessEntry = {
  kind: 'whitelist',
  address: '2001:db8::/32',
  reason: '',
  by: 'ops',
  createdAt: dawn,
  until: null,
  strikes: 0,
};

async function entries(bench: Bench): Promise<AccessEntry[]> {
  const key = ({ kind, address }: AccessEntry) => `${kind} ${address}`;
  return plain([...(await bench.log.listAccess())]).sort((one, other) => (key(one) < key(other) ? -1 : 1));
}

const entryOf = (at: number): AuditEntry => ({
  at: dawn + at,
  by: `person ${at}`,
  action: 'replay',
  subject: `filter {"state":"dead"} ${at}`,
  reason: 'asked for by \u00e9\u{1f642}',
});

async function auditPages(bench: Bench, limit: number): Promise<AuditEntry[]> {
  const all: AuditEntry[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<Bench['log']['listAudit']>> = await bench.log.listAudit({ limit, cursor });
    assert.ok(page.entries.length <= limit);
    all.push(...page.entries);
    cursor = page.cursor;
    assert.ok(all.length < 10_000, 'the audit comes to an end');
  } while (cursor !== null);
  return plain(all);
}

/** Access entries and the audit: what people changed. */
export function accessSuite(on: OnBench): void {
  describe('access entries', () => {
    test(
      'are kept as they are given, over a reopen and a crash',
      on(async (bench) => {
        await bench.log.putAccess({ entries: [listed, ban] });
        assert.deepEqual(await entries(bench), [ban, listed]);
        await bench.crash();
        assert.deepEqual(await entries(bench), [ban, listed]);
        await bench.reopen();
        assert.deepEqual(await entries(bench), [ban, listed]);
      }),
    );

    test(
      'are one per kind and address: the later replaces the earlier',
      on(async (bench) => {
        const twin: AccessEntry = { ...listed, address: ban.address };
        await bench.log.putAccess({ entries: [ban, twin] });
        const longer: AccessEntry = { ...ban, until: null, strikes: 4, reason: 'again', createdAt: dawn + 5 };
        await bench.log.putAccess({ entries: [longer] });
        assert.deepEqual(await entries(bench), [longer, twin]);
        const [second, third] = [
          { ...ban, strikes: 5 },
          { ...ban, strikes: 6 },
        ];
        await bench.log.putAccess({ entries: [second, third] });
        assert.deepEqual(await entries(bench), [third, twin]);
        await bench.crash();
        assert.deepEqual(await entries(bench), [third, twin]);
      }),
    );

    test(
      'are removed durably, and the answer counts those that were there',
      on(async (bench) => {
        const other: AccessEntry = { ...ban, address: '203.0.113.70' };
        await bench.log.putAccess({ entries: [ban, other, listed] });
        const removed = await bench.log.deleteAccess({
          entries: [
            { kind: 'ban', address: ban.address },
            { kind: 'whitelist', address: ban.address },
            { kind: 'whitelist', address: listed.address },
            { kind: 'ban', address: '198.51.100.1' },
          ],
        });
        assert.equal(removed, 2);
        await bench.crash();
        assert.deepEqual(await entries(bench), [other]);
        assert.equal(await bench.log.deleteAccess({ entries: [{ kind: 'ban', address: ban.address }] }), 0);
        await bench.log.putAccess({ entries: [ban] });
        assert.deepEqual(await entries(bench), [ban, other]);
      }),
    );

    test(
      'come in thousands, and webhooks do not get between them',
      on(async (bench) => {
        const many = Array.from({ length: 3000 }, (_, at) => ({
          ...ban,
          address: `10.0.${at >> 8}.${at & 255}`,
        }));
        await bench.log.putAccess({ entries: many });
        await bench.append(bench.make(50));
        assert.equal((await bench.log.listAccess()).length, 3000);
        assert.equal((await bench.list()).length, 50);
        await bench.reopen();
        assert.equal((await bench.log.listAccess()).length, 3000);
        await bench.assertCountersExact();
      }),
    );

    test(
      'changed at once from two sides end in one of the two ways, not in a mixture',
      on(async (bench) => {
        const variants = Array.from({ length: 8 }, (_, at) => ({ ...ban, strikes: at, reason: `r${at}` }));
        await Promise.all(variants.map((entry) => bench.log.putAccess({ entries: [entry] })));
        const [one, ...others] = await entries(bench);
        assert.equal(others.length, 0);
        assert.equal(one?.reason, `r${one?.strikes}`);
        await bench.crash();
        assert.deepEqual(await entries(bench), [one]);
      }),
    );
  });

  describe('the audit', () => {
    test(
      'is read newest first, in pages of any size, and is kept',
      on(async (bench) => {
        const all = Array.from({ length: 25 }, (_, at) => entryOf(at));
        for (let at = 0; at < 25; at += 5) await bench.log.appendAudit({ entries: all.slice(at, at + 5) });
        const expected = all.toReversed();
        for (const limit of [1, 7, 25, 1000]) assert.deepEqual(await auditPages(bench, limit), expected);
        await bench.reopen();
        assert.deepEqual(await auditPages(bench, 10), expected);
      }),
    );

    test(
      'keeps entries of one moment apart, in the order in which they were written',
      on(async (bench) => {
        const same = Array.from({ length: 6 }, (_, at) => ({ ...entryOf(0), subject: `s${at}` }));
        await bench.log.appendAudit({ entries: same.slice(0, 3) });
        await bench.reopen();
        await bench.log.appendAudit({ entries: same.slice(3) });
        assert.deepEqual(
          (await auditPages(bench, 2)).map(({ subject }) => subject),
          ['s5', 's4', 's3', 's2', 's1', 's0'],
        );
      }),
    );

    test(
      'repeats and skips nothing while it grows between pages',
      on(async (bench) => {
        await bench.log.appendAudit({ entries: Array.from({ length: 9 }, (_, at) => entryOf(at)) });
        const first = await bench.log.listAudit({ limit: 4, cursor: null });
        await bench.log.appendAudit({ entries: [entryOf(100), entryOf(101)] });
        assert.ok(first.cursor);
        const second = await bench.log.listAudit({ limit: 100, cursor: first.cursor });
        assert.deepEqual(
          [...first.entries, ...second.entries].map(({ at }) => at - dawn),
          [8, 7, 6, 5, 4, 3, 2, 1, 0],
        );
      }),
    );

    test(
      'loses nothing when many write at once',
      on(async (bench) => {
        await Promise.all(
          Array.from({ length: 50 }, (_, at) => bench.log.appendAudit({ entries: [entryOf(at)] })),
        );
        const found = (await auditPages(bench, 1000)).map(({ by }) => by);
        assert.equal(new Set(found).size, 50);
        assert.equal(found.length, 50);
      }),
    );
  });
}
