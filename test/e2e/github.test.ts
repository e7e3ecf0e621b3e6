import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import { sign, verify } from '@octokit/webhooks-methods';
import { startBotHost, type BotHost } from '../support/botHost.ts';
import { scratchDir, startServer, type RunningServer, type ScratchDir } from '../support/process.ts';

interface Example {
  readonly name: string;
  readonly examples: readonly unknown[];
}

const events = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Example[];
const secret = "It's a Secret to Everybody";

/** GitHub's own payloads: every event once, and then more of each up to a hundred. */
const payloads = [
  ...events.map(({ name, examples }) => ({ name, payload: examples[0] })),
  ...events.flatMap(({ name, examples }) => examples.slice(1).map((payload) => ({ name, payload }))),
].slice(0, 100);

describe("GitHub's real payloads, sent as GitHub sends them", () => {
  let dir: ScratchDir;
  let botHost: BotHost;
  let server: RunningServer;

  before(async () => {
    dir = scratchDir();
    botHost = await startBotHost();
    server = await startServer({
      dir: dir.path,
      config: {
        botHosts: { main: { url: botHost.url } },
        routes: [{ name: 'github', path: '/github', bodyBytesMax: '25MiB' }],
        access: { perAddress: null },
      },
    });
  });

  after(async () => {
    await server.stop();
    await botHost.close();
    dir.remove();
  });

  test('at least 50 payloads arrive byte for byte, and the library still verifies them at the bot host', async () => {
    assert.ok(payloads.length >= 50, `only ${String(payloads.length)} payloads`);
    for (const [index, { name, payload }] of payloads.entries()) {
      const body = JSON.stringify(payload);
      const signature = await sign(secret, body);
      const delivery = `72d3162e-cc78-11e3-81ab-${String(index).padStart(12, '0')}`;
      const answer = await fetch(`${server.publicUrl}/github`, {
        method: 'POST',
        headers: {
          'user-agent': 'GitHub-Hookshot/044aadd',
          'content-type': 'application/json',
          'x-github-delivery': delivery,
          'x-github-event': name,
          'x-github-hook-id': '292430182',
          'x-hub-signature-256': signature,
        },
        body,
      });
      assert.equal(answer.status, 200, `${name}: ${await answer.text()}`);
      const arrived = botHost.ledger.at(-1)?.arrived;
      assert.ok(arrived !== undefined);
      const header = (wanted: string) => {
        const at = arrived.headers.findIndex(
          (text, place) => place % 2 === 0 && text.toLowerCase() === wanted,
        );
        return arrived.headers[at + 1];
      };
      assert.equal(header('x-github-delivery'), delivery);
      assert.deepEqual(arrived.body, Buffer.from(body), name);
      assert.ok(await verify(secret, arrived.body.toString(), header('x-hub-signature-256') ?? ''), name);
    }
    assert.equal(botHost.ledger.length, payloads.length);
  });
});
