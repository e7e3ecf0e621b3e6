// Failed logins at the console of a server behind a proxy: who has failed is limited, and nobody else.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { adminTokens, tokenOf } from './support/adminCaller.ts';
import { openStage, type Stage } from './support/stage.ts';

describe('failed logins behind a proxy', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      routes: [{ name: 'all', path: '/*' }],
      trustedProxies: ['127.0.0.1'],
      admin: { tokens: [...adminTokens] },
    }));
  });
  after(() => stage.close());

  async function logInFrom(forwardedFor: string, token: string): Promise<number> {
    const answer = await fetch(`${stage.server.adminUrl}/console/login`, {
      method: 'POST',
      headers: { 'x-forwarded-for': forwardedFor },
      body: new URLSearchParams({ token }),
      redirect: 'manual',
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  test('limit the address that has failed, whatever else it says of itself, and no other', async () => {
    for (let at = 0; at < 10; at += 1) {
      assert.equal(await logInFrom(`198.51.100.${String(at)}, 192.0.2.66`, 'hwt_made-up-wrong-token'), 401);
    }
    assert.equal(await logInFrom('192.0.2.66', tokenOf('admin')), 429);
    assert.equal(await logInFrom('198.51.100.1, 192.0.2.66', tokenOf('admin')), 429);
    assert.equal(await logInFrom('192.0.2.7', tokenOf('admin')), 303);
    const lines = stage.server.logLines().filter(({ event }) => event === 'login-failed');
    assert.deepEqual(
      lines.map(({ address, triesLeft }) => [address, triesLeft]),
      Array.from({ length: 10 }, (_, at) => ['192.0.2.66', 9 - at]),
    );
  });

  test('an IPv6 caller is its /64', async () => {
    for (let at = 0; at < 10; at += 1) {
      assert.equal(await logInFrom(`2001:db8::${String(at)}`, 'hwt_made-up-wrong-token'), 401);
    }
    assert.equal(await logInFrom('2001:db8::ffff', tokenOf('admin')), 429);
    assert.equal(await logInFrom('2001:db8:0:1::1', tokenOf('admin')), 303);
  });
});
