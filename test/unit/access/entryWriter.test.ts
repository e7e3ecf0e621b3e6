import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EntryWriter } from '../../../src/access/entryWriter.ts';
import type { AccessEntry } from '../../../src/access/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { FakeStore } from './support.ts';

function entry(address: string, reason = ''): AccessEntry {
  return { kind: 'ban', address, reason, by: 'b', createdAt: 0, until: null, strikes: 1 };
}

function bench() {
  const store = new FakeStore();
  const clock = manualClock();
  const failures: number[] = [];
  const writer = new EntryWriter({ store, clock, failed: (_error, unsaved) => failures.push(unsaved) });
  return { store, clock, failures, writer };
}

describe('EntryWriter', () => {
  it('gathers what comes while a write is under way, the last change of an entry alone', async () => {
    const { store, writer } = bench();
    let release = () => {};
    store.hold = new Promise((resolve) => (release = resolve));
    writer.later({ type: 'put', entry: entry('first') });
    await waitFor('the first write to begin', () => writer.unsaved === 0);
    for (let at = 0; at < 100; at += 1) {
      writer.later({ type: 'put', entry: entry(`10.0.0.${at}`) });
      writer.later({ type: 'put', entry: entry(`10.0.0.${at}`, 'again') });
    }
    writer.later({ type: 'delete', entry: entry('10.0.0.0') });
    release();
    await waitFor('all to be written', () => store.entries.size === 100);
    assert.equal(store.puts, 2);
    assert.equal(store.entries.get('ban 10.0.0.1')?.reason, 'again');
  });

  it('writes many in several batches', async () => {
    const { store, writer } = bench();
    for (let at = 0; at < 1200; at += 1) writer.later({ type: 'put', entry: entry(`${at}`) });
    await writer.drain(1000);
    assert.equal(store.entries.size, 1200);
    assert.equal(store.puts, 3);
  });

  it('waits longer after each failure, half a minute at most', async () => {
    const { store, clock, failures, writer } = bench();
    store.failing = true;
    writer.later({ type: 'put', entry: entry('a') });
    await waitFor('the first failure', () => failures.length === 1);
    for (const [told, seconds] of [1, 2, 4, 8, 16, 30, 30].entries()) {
      clock.advance(seconds * 1000 - 1);
      await new Promise(setImmediate);
      assert.equal(failures.length, told + 1);
      clock.advance(1);
      await waitFor('the next try', () => failures.length === told + 2);
    }
    assert.equal(writer.unsaved, 1);
  });

  it('keeps a change that was waiting when a person’s change of the same entry fails', async () => {
    const { store, writer } = bench();
    store.failing = true;
    writer.later({ type: 'put', entry: entry('a') });
    writer.later({ type: 'put', entry: entry('b') });
    const lifted = writer.now({ type: 'delete', entry: entry('a') });
    await assert.rejects(lifted, /disk full/);
    assert.equal(writer.unsaved, 2);
    store.failing = false;
    await writer.drain(1000);
    assert.deepEqual([...store.entries.keys()].sort(), ['ban a', 'ban b']);
  });

  it('writes two changes of one entry by people in the order in which they came', async () => {
    const { store, writer } = bench();
    const both = [
      writer.now({ type: 'put', entry: entry('a', 'one') }),
      writer.now({ type: 'delete', entry: entry('a') }),
      writer.now({ type: 'put', entry: entry('a', 'two') }),
    ];
    await Promise.all(both);
    assert.equal(store.entries.get('ban a')?.reason, 'two');
  });

  it('gives the oldest change up rather than grow without bound', async () => {
    const { store, clock, failures, writer } = bench();
    store.failing = true;
    writer.later({ type: 'put', entry: entry('0') });
    await waitFor('the store to have failed', () => failures.length === 1);
    for (let at = 1; at <= 250_010; at += 1) writer.later({ type: 'put', entry: entry(`${at}`) });
    assert.equal(writer.unsaved, 250_000);
    assert.equal(clock.monotonic(), 0);
  });

  it('stops draining at the first failure', async () => {
    const { store, writer, failures } = bench();
    store.failing = true;
    for (let at = 0; at < 1200; at += 1) writer.later({ type: 'put', entry: entry(`${at}`) });
    await writer.drain(1000);
    assert.ok(failures.length <= 2);
    assert.equal(writer.unsaved, 1200);
  });
});
