// What check and start find where a configuration is valid by itself, but not with what is known of senders.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { inspectConfig } from '../../../src/app/index.ts';
import { configSchema, type ConfigInput } from '../../../src/config/index.ts';
import { scratchDir, type ScratchDir } from '../../support/process.ts';

type RouteInput = Omit<NonNullable<ConfigInput['routes']>[number], 'name' | 'path'>;

describe('inspectConfig', () => {
  let dir: ScratchDir;
  let file: string;

  before(() => {
    dir = scratchDir();
    file = join(dir.path, 'sender-addresses.json');
  });

  after(() => dir.remove());

  /** The places of what is found, with the message of the first. */
  function found(route: RouteInput, more: Partial<ConfigInput> = {}): readonly [string[], string] {
    const config = configSchema.parse({
      botHosts: { main: { url: 'http://127.0.0.1:1' } },
      senderAddresses: file,
      routes: [{ name: 'r', path: '/r', ...route }],
      ...more,
    });
    const findings = inspectConfig(config);
    return [findings.map(({ path }) => path.join('.')), findings[0]?.message ?? ''];
  }

  test('finds nothing in a route that is whole', () => {
    assert.deepEqual(found({ sender: 'stripe', secrets: ['whsec_x'] }), [[], '']);
  });

  test('a route whose secret is missing does not start, and reports only where it says so', () => {
    const [places, message] = found({ sender: 'stripe' });
    assert.deepEqual(places, ['routes.0.secrets']);
    assert.match(message, /Stripe needs one/);
    assert.deepEqual(found({ sender: 'stripe', verify: 'report' })[0], []);
  });

  test('a sender that signs the URL needs the public one', () => {
    assert.deepEqual(found({ sender: 'twilio', secrets: ['x'] })[0], ['routes.0.sender']);
    const publicUrl = 'https://hooks.example.com';
    assert.deepEqual(found({ sender: 'twilio', secrets: ['x'] }, { publicUrl })[0], []);
  });

  test('a sender that publishes no addresses cannot stand in a whitelist', () => {
    const whitelist = ['192.0.2.1', 'sender:telegram', 'sender:freekassa'];
    const [places, message] = found({ whitelist });
    assert.deepEqual(places, ['routes.0.whitelist.addresses.2']);
    assert.match(message, /publishes no addresses/);
  });

  test('addresses keep their places beside senders', () => {
    const [places] = found({ whitelist: ['sender:telegram', '10/8'] });
    assert.deepEqual(places, ['routes.0.whitelist.addresses.1']);
  });

  test('what has no effect is said', () => {
    assert.deepEqual(found({ sender: 'liqpay', secrets: ['x'], dedupe: { window: '1h' } })[0], [
      'routes.0.dedupe',
    ]);
    assert.deepEqual(found({ sender: 'stripe', secrets: ['x'], answer: { success: 'acknowledge' } })[0], [
      'routes.0.answer.success',
    ]);
  });

  test('an address file that cannot be used is one problem, at its own setting', () => {
    writeFileSync(file, '{"telegram":{"addresses":["nowhere"],"date":"2026-01-01","source":"x"}}');
    assert.deepEqual(found({})[0], ['senderAddresses']);
    writeFileSync(file, '{}');
    assert.deepEqual(found({})[0], []);
  });
});
