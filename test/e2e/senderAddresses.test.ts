// Published addresses: in a whitelist by the sender's name, and newer ones taken over while the server runs.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { runCli } from '../support/process.ts';
import { sendRequest } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { openStage, type Stage } from './support/stage.ts';

const outsider = '203.0.113.9';
const telegrams = '149.154.167.220';

describe('whitelist: [sender:telegram]', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      routes: [
        { name: 'short', path: '/short', whitelist: ['sender:telegram', '192.0.2.1'] },
        {
          name: 'long',
          path: '/long',
          whitelist: { mode: 'report', addresses: ['sender:telegram'] },
        },
      ],
      trustedProxies: ['127.0.0.1'],
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  async function statusFor(path: string, ip: string): Promise<number> {
    const headers = ['X-Forwarded-For', ip];
    return (await sendRequest(stage.server.publicUrl, { target: path, headers, body: 'x' })).status;
  }

  test('lets in what Telegram publishes and what is listed beside it, and nobody else', async () => {
    assert.equal(await statusFor('/short', telegrams), 200);
    assert.equal(await statusFor('/short', '192.0.2.1'), 200);
    assert.equal(await statusFor('/short', outsider), 403);
    assert.equal(await statusFor('/long', outsider), 200);
    const reported = 'hookward_whitelist_reported_total{route="long"}';
    assert.equal((await stage.metrics()).value(reported), 1);
  });

  test('newer addresses are taken by --refresh, and are in force at the next reload', async () => {
    const newer = join(stage.dir, 'newer.json');
    const book = {
      telegram: { addresses: [outsider], date: '2026-11-01', source: 'https://example.com' },
    };
    writeFileSync(newer, JSON.stringify(book));
    const { code, stdout, stderr } = await runCli(
      ['senders', '--refresh', newer, '-c', join(stage.dir, 'webhooks.config.yaml')],
      { cwd: stage.dir },
    );
    assert.equal(code, 0, stderr);
    assert.match(stdout, /telegram/);
    assert.match(stdout, /203\.0\.113\.9/);
    assert.equal(await statusFor('/short', outsider), 403, 'not before a reload');
    stage.server.signal('SIGHUP');
    await waitFor(
      'the new addresses to be in force',
      async () => (await statusFor('/short', outsider)) === 200,
    );
    assert.equal(await statusFor('/short', telegrams), 403);
    await stage.restart('stop');
    assert.equal(await statusFor('/short', outsider), 200);
  });

  test('an unknown sender gets a guess', async () => {
    writeFileSync(
      join(stage.dir, 'wrong.yaml'),
      'botHosts: { main: { url: "http://127.0.0.1:1" } }\nroutes:\n  - { name: a, path: /a, sender: sripe }\n',
    );
    const { code, stderr } = await runCli(['check', '-c', join(stage.dir, 'wrong.yaml')], { cwd: stage.dir });
    assert.equal(code, 2);
    assert.match(stderr, /wrong\.yaml:3:\d+.*sender.*did you mean "stripe"\?/s);
  });
});
