// What peers' advisories tell of and no other test shows: each by its kind, on the built server or the real log. The table
// in SECURITY.md says which advisory ends where.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/index.ts';
import { openStage, type Stage } from '../e2e/support/stage.ts';
import { answersOk } from '../support/botHost.ts';
import { answerHeader, openConnection, requestBytes, sendRaw, sendRequest } from '../support/sender.ts';
import { sign as signStripe } from '../support/signing/stripe.ts';
import { waitFor } from '../support/waitFor.ts';
import { append, delivered, openLog, scratchDir, settle, start, webhook } from '../unit/log/support.ts';

const githubSecret = 'a made-up secret of GitHub';
const stripeSecret = 'whsec_a_made_up_secret_of_Stripe';
const body = '{"ref":"refs/heads/v1"}';

const macOf = (secret: string) => createHmac('sha256', secret).update(body).digest();

/** A call as GitHub makes it: the event `delivery`, signed with `secret`. */
function githubCall(delivery: string, secret = githubSecret, more: readonly string[] = []) {
  const signature = `sha256=${macOf(secret).toString('hex')}`;
  const headers = ['X-GitHub-Event', 'push', 'X-GitHub-Delivery', delivery, 'X-Hub-Signature-256', signature];
  return { target: '/github', headers: [...headers, ...more], body };
}

const config = (url: string): ConfigInput => ({
  botHosts: { main: { url } },
  routes: [
    { name: 'github', path: '/github', sender: 'github', secrets: [githubSecret] },
    { name: 'stripe', path: '/stripe', sender: 'stripe', secrets: [stripeSecret] },
    { name: 'plain', path: '/plain' },
  ],
  passThrough: { botHost: 'main' },
  limits: { inFlightMax: 2 },
  access: { perAddress: null },
  logging: { level: 'trace' },
});

describe('advisories of peers', () => {
  let stage: Stage;

  before(async () => (stage = await openStage(config)));
  after(() => stage.close());
  beforeEach(() => stage.botHost.behave(answersOk));

  const send = (request: Parameters<typeof sendRequest>[1]) => sendRequest(stage.server.publicUrl, request);

  /** Waits until no webhook takes one of the two places that there are. */
  const placesAreFree = () =>
    waitFor('the places to be free', async () => (await stage.metrics()).value('hookward_in_flight') === 0);

  test('a refusal shows no four bytes of the signature that would have been right, nor does the process log', async () => {
    const answer = await send(githubCall('guess', 'a guessed secret'));
    assert.equal(answer.status, 401);
    const page = await fetch(`${stage.server.adminUrl}/metrics`);
    const told = [
      answer.headers.join('\n'),
      answer.body.toString(),
      await page.text(),
      stage.server.output(),
    ];
    const mac = macOf(githubSecret);
    for (let at = 0; at + 4 <= mac.length; at += 1) {
      const four = mac.subarray(at, at + 4).toString('hex');
      for (const text of told)
        assert.ok(!text.toLowerCase().includes(four), `bytes ${String(at)} on are told`);
    }
  });

  test('a forged call uses nothing up: the true one of the same event is taken after it, and is no copy', async () => {
    assert.equal((await send(githubCall('one event', 'a guessed secret'))).status, 401);
    const first = await send(githubCall('one event'));
    assert.equal(first.status, 200);
    const id = answerHeader(first, 'hookward-id') ?? '';
    await stage.settled(id, 'delivered');
    assert.equal(stage.botHost.ledger.filter(({ arrived }) => arrived.id === id).length, 1);
    await placesAreFree();
  });

  test('a call that we answered 503 may come again as it was: its signature is not used up', async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    stage.botHost.behave(async () => {
      await held;
      return { body: 'ok' };
    });
    const holders = ['one', 'two'].map((text) => send({ target: '/plain', body: `takes the place ${text}` }));
    await waitFor(
      'the places to be taken',
      () => stage.botHost.ledger.filter(({ arrived }) => arrived.target === '/plain').length === 2,
    );
    const { headers, body: signed } = signStripe({ secret: stripeSecret, signedAt: Date.now() });
    const bytes = requestBytes({ target: '/stripe', headers, body: signed });
    assert.equal((await sendRaw(stage.server.publicUrl, bytes)).status, 503);
    letGo();
    for (const holder of holders) assert.equal((await holder).status, 200);
    await placesAreFree();
    const again = await sendRaw(stage.server.publicUrl, bytes);
    assert.equal(again.status, 200);
    await stage.settled(answerHeader(again, 'hookward-id') ?? '', 'delivered');
    await placesAreFree();
  });

  test('a header with the name of the prototype ends no process, through webhooks, pass-through or the admin API', async () => {
    const more = ['__proto__', 'x', '__proto__', 'y', 'constructor', 'z'];
    assert.equal((await send(githubCall('proto', githubSecret, more))).status, 200);
    assert.equal((await send({ method: 'GET', target: '/passed', headers: more })).status, 200);
    const admin = { method: 'GET', target: '/readyz', headers: ['Host', '127.0.0.1', ...more] };
    assert.equal((await sendRequest(stage.server.adminUrl, admin)).status, 200);
    await waitFor('the webhook at the bot host', () =>
      stage.botHost.ledger.some(
        ({ arrived: { target, headers } }) => target === '/github' && headers.includes('__proto__'),
      ),
    );
    await placesAreFree();
  });

  test('a reload takes no check away from a call in flight', async () => {
    const call = githubCall('in flight', 'a guessed secret', ['Expect', '100-continue']);
    const bytes = requestBytes(call);
    const connection = await openConnection(stage.server.publicUrl);
    try {
      await connection.write(bytes.subarray(0, -body.length));
      await waitFor('its head to have been read', () => connection.socket.bytesRead > 0);
      const file = join(stage.dir, 'webhooks.config.yaml');
      const running = JSON.parse(readFileSync(file, 'utf8')) as ConfigInput;
      writeFileSync(file, JSON.stringify({ ...running, routes: [{ name: 'github', path: '/github' }] }));
      stage.server.signal('SIGHUP');
      await waitFor('the reload', () =>
        stage.server.logLines().some(({ event }) => event === 'config-reloaded'),
      );
      assert.equal((await send(githubCall('later', 'a guessed secret'))).status, 200);
      await placesAreFree();
      await connection.write(bytes.subarray(-body.length));
      assert.equal((await connection.answer()).status, 401);
    } finally {
      connection.destroy();
    }
  });
});

test('history that was delivered refuses no webhook, however large it is', async (t) => {
  const log = await openLog(t, { dir: await scratchDir(t) });
  const webhooks = Array.from({ length: 10 }, () => webhook({ body: 'x'.repeat(10_000) }));
  for (const lease of await append(log, ...webhooks)) if (lease) await settle(log, lease, delivered());
  const policy = { keepMs: { delivered: 1e9, dead: 1e9, cancelled: 1e9 }, bytesMax: 1_000 };
  assert.equal((await log.retain({ policy, now: start + 100, limit: 1 })).more, true);
  assert.ok(log.stats().recordBytes > 80_000);
  assert.deepEqual([log.stats().mode, log.stats().counts.pending], ['ok', 0]);
  const [lease] = await append(log, webhook());
  assert.ok(lease);
});
