import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createLiveStreams } from '../../../src/admin/index.ts';
import { createChanges } from '../../../src/app/changes.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import { manualClock } from '../../support/manualClock.ts';
import { api, tokenOf, tokens } from './support.ts';

type Change = Parameters<ReturnType<typeof createChanges>['tell']>[0];

const change = (
  id: string,
  what: Change['what'] = 'received',
  state: Change['state'] = 'pending',
): Change => ({
  id: id as WebhookId,
  route: 'pay',
  state,
  what,
  at: 1_750_000_000_000,
});

/** An API whose stream of changes a test feeds, by a clock that it moves. */
function feed() {
  const clock = manualClock();
  const changes = createChanges({ get: () => Promise.resolve(null) }, () => clock.now());
  const live = createLiveStreams({ changes, clock });
  const { call } = api(tokens, { live });
  return {
    ...{ clock, changes, live, call },
    open: async () => {
      const answer = await call('/api/events', { token: tokenOf('viewer') });
      assert.equal(answer.status, 200);
      assert.equal(answer.headers.get('content-type'), 'text/event-stream');
      const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
      const next = async () => {
        const { value, done } = await reader.read();
        return done ? null : new TextDecoder().decode(value);
      };
      assert.equal(await next(), ': here\n\n');
      return { next, leave: () => reader.cancel() };
    },
  };
}

/** What an event says. */
function dataOf(event: string | null): {
  changes: { id: string; state: string; what: string }[];
  more: number;
} {
  const data = /^event: changes\ndata: (.*)\n\n$/.exec(event ?? '')?.[1];
  assert.ok(data !== undefined, String(event));
  return JSON.parse(data) as ReturnType<typeof dataOf>;
}

describe('the stream of changes', () => {
  test('changes of half a second go out together, the latest of each webhook', async () => {
    const { open, changes, clock } = feed();
    const { next, leave } = await open();
    const event = next();
    changes.tell(change('a'));
    await turn();
    clock.advance(499);
    changes.tell(change('a', 'attempted', 'delivered'));
    changes.tell(change('b', 'replayed'));
    clock.advance(1);
    assert.deepEqual(dataOf(await event), {
      changes: [
        { id: 'a', route: 'pay', state: 'delivered', what: 'received' },
        { id: 'b', route: 'pay', state: 'pending', what: 'replayed' },
      ],
      more: 0,
    });
    await leave();
  });

  test('a storm is told of 200 webhooks, and how many more there were', async () => {
    const { open, changes, clock } = feed();
    const { next, leave } = await open();
    const event = next();
    for (let at = 0; at < 5_000; at += 1) changes.tell(change(String(at)));
    await turn();
    clock.advance(500);
    const { changes: told, more } = dataOf(await event);
    assert.deepEqual([told.length, more], [200, 4_800]);
    await leave();
  });

  test('who does not read is told of 200 at once when it reads again', async () => {
    const { open, changes, clock } = feed();
    const { next, leave } = await open();
    for (let at = 0; at < 1_000; at += 1) {
      changes.tell(change(String(at)));
      clock.advance(10);
    }
    const event = next();
    await turn();
    clock.advance(500);
    assert.deepEqual([dataOf(await event).changes.length], [200]);
    await leave();
  });

  test('without changes a comment comes every 20 s', async () => {
    const { open, clock } = feed();
    const { next, leave } = await open();
    for (let at = 0; at < 3; at += 1) {
      const beat = next();
      await turn();
      clock.advance(20_000);
      assert.equal(await beat, ': here\n\n');
    }
    await leave();
  });

  test('it ends after a quarter of an hour, so that who follows it is known anew', async () => {
    const { open, clock } = feed();
    const { next } = await open();
    let beats = 0;
    for (let piece = next(); ; piece = next(), beats += 1) {
      await turn();
      clock.advance(20_000);
      if ((await piece) === null) break;
    }
    assert.equal(beats, 44);
  });

  test('all end with the server', async () => {
    const { open, live } = feed();
    const [one, other] = [await open(), await open()];
    const ends = [one.next(), other.next()];
    await turn();
    live.close();
    assert.deepEqual(await Promise.all(ends), [null, null]);
  });

  test('32 are open at once; the next is told to come later, until one has left', async () => {
    const { open, call } = feed();
    const streams = [];
    for (let at = 0; at < 32; at += 1) streams.push(await open());
    for (const path of ['/api/events', '/console/events']) {
      assert.equal((await call(path, { token: tokenOf('viewer') })).status, 503);
    }
    await streams[0]?.leave();
    streams.push(await open());
    for (const { leave } of streams) await leave();
  });

  test('one that nobody reads is given up after a minute', async () => {
    const { open, call, clock } = feed();
    for (let at = 0; at < 32; at += 1)
      await call('/api/events', { token: tokenOf('viewer'), method: 'HEAD' });
    assert.equal((await call('/api/events', { token: tokenOf('viewer') })).status, 503);
    clock.advance(60_000);
    const { leave } = await open();
    await leave();
  });
});
