// A public, opaque path in front of a secret bot URL: what the bot host is called with, what callers may not bring along,
// and that the secret turns up nowhere.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { answersOk } from '../support/botHost.ts';
import { answerHeader, sendRequest, type RawAnswer } from '../support/sender.ts';
import { openStage, type Stage } from './support/stage.ts';

const token = 'd81ca528fdd5ccaa0d345f058a0ee0b0';
const pinned = `/v1/bots/4711/new-webhook?&command=%2FonPayment&user_id=77&public_user_token=${token}`;
const word = 'freekassa-word-two';
const form = ['Content-Type', 'application/x-www-form-urlencoded'];

/** What must never be seen outside: the URL, its token, the sender's secret; as they are and as they may be encoded. */
const hidden = [token, 'onPayment', 'public_user_token', word];

function assertHidden(where: string, text: string): void {
  for (const secret of hidden) assert.ok(!text.includes(secret), `${where} shows ${secret}`);
}

describe('forwardTo', () => {
  let stage: Stage;
  let offered: string[] = [];

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: {
        main: { url, circuit: { failures: 1000 } },
        nobody: { url: 'http://127.0.0.1:9', connectTimeout: '200ms' },
      },
      routes: [
        { name: 'payments', path: '/pay/freekassa', forwardTo: pinned },
        { name: 'whole', path: '/pay/whole', forwardTo: `${url}${pinned}` },
        { name: 'signed', path: '/pay/signed', forwardTo: pinned, sender: 'freekassa', secrets: [word] },
        {
          name: 'unreachable',
          path: '/pay/unreachable',
          botHost: 'nobody',
          forwardTo: pinned,
          answer: { for: '300ms' },
          retry: { firstDelay: '50ms', maxDelay: '50ms' },
        },
      ],
      access: { perAddress: null },
      logging: { level: 'trace' },
    }));
  });

  after(() => stage.close());

  beforeEach(() => {
    stage.botHost.behave(answersOk);
    offered = [];
  });

  /** Sends, and keeps what came back, for the search of secrets. */
  async function call(params: Parameters<typeof sendRequest>[1]): Promise<RawAnswer> {
    const answer = await sendRequest(stage.server.publicUrl, params);
    offered.push(answer.wire.toString('latin1'));
    assertHidden('the answer', offered.join('\n'));
    return answer;
  }

  const lastTarget = () => stage.botHost.ledger.at(-1)?.arrived.target;

  for (const path of ['/pay/freekassa', '/pay/whole']) {
    test(`${path} calls the bot's own URL, with the caller's query behind it as it stood`, async () => {
      const answer = await call({ target: `${path}?AMOUNT=100&us_key=%20a+b`, body: 'x' });
      assert.equal(answer.status, 200);
      assert.equal(lastTarget(), `${pinned}&AMOUNT=100&us_key=%20a+b`);
      await call({ method: 'GET', target: path });
      assert.equal(lastTarget(), pinned);
    });
  }

  test('the options tell the bot the public URL', async () => {
    await call({ target: '/pay/freekassa?AMOUNT=1', body: 'x' });
    const { headers = [] } = stage.botHost.ledger.at(-1)?.arrived ?? {};
    const options = headers[headers.indexOf('hookward-options') + 1] ?? '';
    const { url } = JSON.parse(options) as { url: string };
    assert.ok(url.endsWith('/pay/freekassa?AMOUNT=1'), url);
    assertHidden('the options', options);
  });

  for (const copy of [
    'command=%2Fadmin',
    'COMMAND=%2Fadmin',
    'comm%61nd=%2Fadmin',
    'user_id=1',
    'user_id[]=1',
    'public_user_token=x',
    'redirect_to=https%3A%2F%2Fevil.example',
    'content=forged',
  ]) {
    test(`a caller cannot bring its own ${copy.split('=')[0] ?? ''}, in the query or in a form`, async () => {
      const arrived = stage.botHost.ledger.length;
      for (const request of [
        { target: `/pay/freekassa?AMOUNT=1&${copy}`, body: 'x' },
        { target: '/pay/freekassa', headers: form, body: `AMOUNT=1&${copy}` },
      ]) {
        const answer = await call(request);
        assert.equal(answer.status, 403);
        assert.equal((JSON.parse(answer.body.toString()) as { code: string }).code, 'parameter-fixed');
      }
      assert.equal(stage.botHost.ledger.length, arrived, 'nothing reaches the bot host');
    });
  }

  test('the secret is in no answer, no line of the process log, no metric, no page, no command, not in the log', async () => {
    stage.botHost.behave(({ target }) => ({
      status: 302,
      headers: ['Location', `${stage.botHost.url}${target}`],
      body: 'moved',
    }));
    await call({ target: '/pay/freekassa?n=1', body: 'x' });
    stage.botHost.behave(() => ({ status: 422, body: 'refused' }));
    await call({ target: '/pay/freekassa?n=2', body: 'x' });
    stage.botHost.behave(() => 'reset');
    const lost = call({ target: '/pay/freekassa?n=3', body: 'x' });
    const queued = await call({ target: '/pay/unreachable', body: 'x' });
    await call({
      target: '/pay/signed',
      headers: form,
      body: 'MERCHANT_ID=1&AMOUNT=1&MERCHANT_ORDER_ID=1&SIGN=00',
    });
    stage.botHost.behave(answersOk);
    await lost;
    const id = answerHeader(queued, 'hookward-id') ?? '';
    await stage.cli('cancel', id, '--reason', 'test', '--yes');
    const { adminUrl } = stage.server;
    for (const path of [
      '/metrics',
      '/healthz',
      '/readyz',
      '/api/status',
      '/api/webhooks',
      `/api/webhooks/${id}`,
    ]) {
      const page = await (await fetch(adminUrl + path)).text();
      assert.ok(page.length > 0, path);
      assertHidden(path, page);
    }
    assertHidden('hookward list', await stage.cli('list'));
    assertHidden('hookward show', await stage.cli('show', id));
    const { server } = stage;
    await stage.restart('stop');
    const directory = join(stage.dir, 'log');
    for (const file of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      assertHidden(file.name, readFileSync(join(file.parentPath, file.name)).toString('latin1'));
    }
    assertHidden('the process log', server.output());
  });
});
