// Nothing that callers choose becomes a label: thousands of users, commands, paths and addresses add no series.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sendRequest } from '../support/sender.ts';
import { openStage, type MetricsPage, type Stage } from './support/stage.ts';

const callers = 2_000;
const atOnce = 50;

/** The kinds of resources that Node itself holds open come and go; they are Node's names, not callers'. */
const seriesOf = (page: MetricsPage) =>
  [...page.series.keys()].filter((name) => !name.startsWith('hookward_nodejs_active_')).sort();

/** Marks of every caller, so that any of them would be found on the page. */
const hostile = (caller: number) => `zz${caller}"}`;

describe('series and hostile traffic', () => {
  let stage: Stage;
  let first: readonly string[];

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      trustedProxies: ['127.0.0.1'],
      routes: [
        { name: 'bots', path: '/v1/bots/:bot/new-webhook' },
        { name: 'pay', path: '/pay', dedupe: { key: 'query:event' }, whitelist: ['192.0.2.0/24'] },
        { name: 'signed', path: '/signed', sender: 'github', secrets: ['a secret for this test'] },
      ],
      access: { perAddress: { requests: 3, per: '1h', burst: 0 } },
    }));
    first = seriesOf(await stage.metrics());
  });

  after(() => stage.close());

  /** One caller with an address, a user, a command, a path, a method and an event of its own. */
  async function call(caller: number): Promise<void> {
    const mark = encodeURIComponent(hostile(caller));
    const target = [
      `/v1/bots/${mark}/new-webhook?user_id=${mark}&command=${mark}`,
      `/pay?event=${mark}`,
      `/signed?${mark}`,
      `/${mark}/nowhere`,
    ][caller % 4] as string;
    const headers = [
      ...['X-Forwarded-For', `198.51.${caller >> 8}.${caller & 255}`],
      ...['X-Hub-Signature-256', `sha256=${mark}`, 'X-GitHub-Event', mark, 'User-Agent', mark],
    ];
    await sendRequest(stage.server.publicUrl, {
      method: caller % 7 === 0 ? 'DELETE' : 'POST',
      target,
      headers,
    });
  }

  test(`${callers} callers, none like another, add no series`, async () => {
    for (let from = 0; from < callers; from += atOnce) {
      await Promise.all(Array.from({ length: atOnce }, (_, at) => call(from + at)));
    }
    const page = await stage.metrics();
    assert.ok(page.value('hookward_received_total{route="bots"}') > callers / 8);
    for (const reason of ['no-route', 'not-whitelisted', 'method-not-allowed', 'signature-malformed'])
      assert.ok(page.value(`hookward_refused_total{reason="${reason}"}`) > 0, reason);
    assert.deepEqual(seriesOf(page), first);
    assert.deepEqual(
      [...page.series.keys()].filter((name) => /zz\d|198\.51/.test(name)),
      [],
    );
  });
});
