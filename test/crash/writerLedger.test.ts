// The judge of logKill.test.ts must find every fault that it is there for.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { WebhookId } from '../../src/core/ids.ts';
import type { WebhookRecord } from '../../src/log/index.ts';
import { dawn, deadBy, webhookMaker } from '../support/logFixtures.ts';
import { judgeWriter, promisedKeys, unheardKeys, writerTarget } from './writerLedger.ts';
import type { WriterLine } from './writerLedger.ts';

describe('the judge of a killed log', () => {
  const hooks = webhookMaker();
  const webhooks = [0, 1].map((number) =>
    hooks.make({
      dedupeKey: `event-${number}`,
      request: { body: Buffer.alloc(0), target: writerTarget(number, '') },
    }),
  );
  const ids = webhooks.map(({ id }) => id);
  const [id] = ids;
  assert.ok(id);
  const keys = ['event-0', 'event-1'];
  const ledger: WriterLine[] = [
    { did: 'appending', ids, keys },
    { did: 'appended', ids },
    { did: 'settling', id, attempt: 1, state: 'dead' },
    { did: 'settled', id, attempt: 1, state: 'dead' },
  ];
  const records = webhooks.map((webhook, at): WebhookRecord => {
    const events = at === 0 ? [deadBy()] : [];
    const standing = events[0]?.then ?? { state: 'pending', dueAt: dawn, lane: 'live' };
    const progress = { attempts: events.length, tries: events.length, replay: 0, budgetFrom: dawn };
    return { webhook, events, duplicates: [], standing, progress, inFlight: false };
  });
  const [first, second] = records as [WebhookRecord, WebhookRecord];
  const faultsOf = (lines: readonly WriterLine[], found: readonly WebhookRecord[]) =>
    judgeWriter(lines, found).faults;

  test('finds nothing where nothing is wrong', () => {
    assert.deepEqual(faultsOf(ledger, records), []);
  });

  test('finds a lost webhook, half an append, a lost outcome', () => {
    assert.deepEqual(faultsOf(ledger, [first]).length, 2);
    assert.deepEqual(
      faultsOf(ledger, [{ ...first, events: [], standing: second.standing }, second]).length,
      1,
    );
    assert.deepEqual(faultsOf([{ did: 'appending', ids, keys }], [second]).length, 1);
  });

  test('finds a torn body, a webhook that nobody sent, an outcome that nobody wrote, a standing that is not its last', () => {
    const request = { ...second.webhook.request, body: Buffer.from('x') };
    assert.equal(faultsOf(ledger, [first, { ...second, webhook: { ...second.webhook, request } }]).length, 1);
    assert.equal(faultsOf(ledger.slice(2), records).length, 2);
    assert.equal(faultsOf(ledger.slice(0, 2), records).length, 1);
    assert.equal(faultsOf(ledger, [{ ...first, standing: { state: 'delivered' } }, second]).length, 1);
  });

  test('takes what is over for removed, and nothing else, where retention ran', () => {
    const retained: WriterLine[] = [{ did: 'retaining' }, ...ledger];
    assert.deepEqual(faultsOf(retained, [second]), []);
    assert.deepEqual(
      faultsOf(retained, [first]).filter((fault) => fault.startsWith('lost: ')),
      [`lost: ${second.webhook.id} was promised`],
    );
    assert.deepEqual([...promisedKeys(retained).keys()], ['event-1']);
  });

  test('promises nothing for what was only begun', () => {
    assert.deepEqual(faultsOf([{ did: 'appending', ids, keys }], []), []);
  });

  test('finds an event that is there twice, and a copy that was told of what is not there, is another, or has no note of it', () => {
    const twice = { ...second, webhook: { ...second.webhook, dedupeKey: 'event-0' } };
    assert.deepEqual(
      faultsOf(ledger, [first, twice]).map((fault) => fault.split(' ')[0]),
      ['twice:'],
    );
    const copied: WriterLine = { did: 'copied', key: 'event-0', of: id };
    const noted = { ...first, duplicates: [{ at: dawn, ip: '192.0.2.7' }] };
    assert.deepEqual(faultsOf([...ledger, copied], [noted, second]), []);
    assert.equal(faultsOf([...ledger, copied, copied], [noted, second]).length, 1);
    assert.equal(faultsOf([...ledger, { ...copied, key: 'event-1' }], [noted, second]).length, 1);
    assert.equal(faultsOf([...ledger, { ...copied, key: 'event-2' }], [noted, second]).length, 1);
  });

  test('knows which events were promised, and which were sent and never heard of', () => {
    const sent: WriterLine[] = [...ledger, { did: 'appending', ids: ['x' as WebhookId], keys: ['event-2'] }];
    assert.deepEqual(
      [...promisedKeys(sent)],
      [
        ['event-0', ids[0]],
        ['event-1', ids[1]],
      ],
    );
    assert.deepEqual(unheardKeys(sent), ['event-2']);
    assert.deepEqual(unheardKeys([...sent, { did: 'copied', key: 'event-2', of: id }]), []);
  });
});
