import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createChanges } from '../../../src/app/changes.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { WebhookRecord } from '../../../src/log/index.ts';

type Change = Parameters<ReturnType<typeof createChanges>['tell']>[0];

const idOf = (at: number) => `id-${String(at)}` as WebhookId;
const change: Change = { id: idOf(0), route: 'pay', state: 'pending', what: 'received', at: 1 };

/** A feed on a log that knows some webhooks; `asked` are those that were looked up. */
function feed(known: (id: WebhookId) => boolean = () => true) {
  const asked: WebhookId[] = [];
  const changes = createChanges(
    {
      get({ id }) {
        asked.push(id);
        if (id === idOf(13)) return Promise.reject(new Error('cannot be read'));
        const record = { webhook: { route: 'pay' }, standing: { state: 'pending' } } as WebhookRecord;
        return Promise.resolve(known(id) ? record : null);
      },
    },
    () => 7,
  );
  return { changes, asked };
}

describe('changes', () => {
  test('are told to all who listen, until they leave', () => {
    const { changes } = feed();
    const [one, other]: [Change[], Change[]] = [[], []];
    const leave = changes.subscribe((told) => void one.push(told));
    changes.subscribe((told) => void other.push(told));
    changes.tell(change);
    leave();
    leave();
    changes.tell(change);
    assert.deepEqual([one, other], [[change], [change, change]]);
  });

  test('a listener that throws is dropped, and hinders nobody', () => {
    const { changes } = feed();
    const told: Change[] = [];
    let calls = 0;
    changes.subscribe(() => {
      calls += 1;
      throw new Error('a page that is gone');
    });
    changes.subscribe((one) => void told.push(one));
    changes.tell(change);
    changes.tell(change);
    assert.deepEqual([calls, told.length], [1, 2]);
  });

  test('at most 32 listen', () => {
    const { changes } = feed();
    const leaves = Array.from({ length: 32 }, () => changes.subscribe(() => undefined));
    assert.throws(() => changes.subscribe(() => undefined), { code: 'too-many-connections' });
    leaves[0]?.();
    changes.subscribe(() => undefined);
  });
});

describe('changes of which only ids are known', () => {
  test('are looked up and told; what is gone or cannot be read is left out', async () => {
    const { changes } = feed((id) => id !== idOf(12));
    const told: Change[] = [];
    changes.subscribe((one) => void told.push(one));
    await changes.tellOf('replayed', [idOf(11), idOf(12), idOf(13), idOf(14)]);
    assert.deepEqual(told, [
      { id: idOf(11), route: 'pay', state: 'pending', what: 'replayed', at: 7 },
      { id: idOf(14), route: 'pay', state: 'pending', what: 'replayed', at: 7 },
    ]);
  });

  test('are not looked up where nobody listens, and 100 at most', async () => {
    const { changes, asked } = feed();
    const ids = Array.from({ length: 300 }, (_, at) => idOf(1_000 + at));
    await changes.tellOf('cancelled', ids);
    assert.deepEqual(asked, []);
    changes.subscribe(() => undefined);
    await changes.tellOf('cancelled', ids);
    assert.equal(asked.length, 100);
  });
});
