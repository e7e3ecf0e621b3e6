// PayPal through the whole server: its certificate, which comes from outside, is served by the test.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createHookward, systemClock, systemRandom, type Hookward } from '../../../src/app/index.ts';
import { configSchema } from '../../../src/config/index.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { startBotHost, type BotHost } from '../../support/botHost.ts';
import { scratchDir, type ScratchDir } from '../../support/process.ts';
import { answerHeader, sendRequest } from '../../support/sender.ts';
import { signingTime } from '../../support/signing/contract.ts';
import { certificateUrl, setup, sign } from '../../support/signing/paypal.ts';

/** Real time but for the day: the made-up certificate is valid about the time at which the tests sign. */
const ahead = signingTime - Date.now();
const clock: Clock = { ...systemClock, now: () => Date.now() + ahead };

describe('PayPal', () => {
  let dir: ScratchDir;
  let botHost: BotHost;
  let hookward: Hookward;
  const fetched: string[] = [];
  let isReachable = true;

  before(async () => {
    dir = scratchDir();
    botHost = await startBotHost();
    const config = configSchema.parse({
      listen: { port: 0 },
      admin: { port: 0 },
      log: { dir: `${dir.path}/log` },
      botHosts: { main: { url: botHost.url } },
      senderAddresses: `${dir.path}/sender-addresses.json`,
      routes: [
        { name: 'paypal', path: '/paypal', sender: 'paypal', senderSettings: setup.settings },
        { name: 'unseen', path: '/unseen', sender: 'paypal', senderSettings: setup.settings },
      ],
    });
    hookward = createHookward({
      config,
      secrets: [],
      clock,
      random: systemRandom,
      version: '0.0.0',
      sink: { write: () => undefined },
      pretty: false,
      documents: async (url) => {
        fetched.push(url);
        if (!isReachable || setup.documents === undefined) throw new Error('not reachable');
        return setup.documents(url);
      },
    });
    await hookward.start();
  });

  after(async () => {
    await hookward.stop(5_000);
    await botHost.close();
    dir.remove();
  });

  const call = (path: string) => {
    const request = sign({ url: `https://hooks.example.com${path}` });
    return sendRequest(hookward.publicUrl(), request);
  };

  test('is verified by its certificate, fetched once, and acknowledged', async () => {
    const [first, copy] = [await call('/paypal'), await call('/paypal')];
    assert.deepEqual([first.status, first.body.length], [200, 0]);
    assert.equal(answerHeader(copy, 'hookward-duplicate-of'), answerHeader(first, 'hookward-id'));
    assert.deepEqual(fetched, [certificateUrl]);
  });

  test('is told to come again where the certificate cannot be had', async () => {
    isReachable = false;
    const answer = await call('/unseen');
    const { code } = JSON.parse(answer.body.toString()) as { readonly code: string };
    assert.deepEqual([answer.status, code], [503, 'sender-unverifiable']);
    assert.ok(Number(answerHeader(answer, 'retry-after')) > 0);
  });
});
