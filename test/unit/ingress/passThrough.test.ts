import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, test } from 'node:test';
import type { PassThrough } from '../../../src/ingress/index.ts';
import { waitFor } from '../../support/waitFor.ts';
import { admitted, route, settings, startIngress, type Parts } from './harness.ts';
import { request } from './rawClient.ts';

interface Passed {
  readonly kind: 'web' | 'upgrade';
  readonly request: IncomingMessage;
  readonly client: { readonly ip: string; readonly scheme: string };
}

/** A host behind that says its name, or speaks an echo protocol after an upgrade. */
function hostBehind(passed: Passed[]): PassThrough {
  return {
    web(asked, response, client) {
      passed.push({ kind: 'web', request: asked, client });
      let bytes = 0;
      asked.on('data', (chunk: Buffer) => (bytes += chunk.length));
      asked.on('end', () => response.end(`behind, ${bytes} bytes`));
    },
    upgrade(asked, socket, head, client) {
      passed.push({ kind: 'upgrade', request: asked, client });
      socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
      socket.write(head);
      socket.pipe(socket);
    },
  };
}

function withHostBehind(parts: Parts = {}) {
  const passed: Passed[] = [];
  const rules = settings({ routes: [route()], passThrough: { webSockets: true } });
  return { passed, parts: { settings: rules, passThrough: hostBehind(passed), ...parts } };
}

const handshake = (path: string, more = '') =>
  request(`GET ${path}\nConnection: Upgrade\nUpgrade: WebSocket${more}`);

describe('pass-through', () => {
  test('a request of no route goes to the host behind, with any method, gated and not logged', async (t) => {
    const gated: string[] = [];
    const gate = {
      admit: ({ text }: { text: string }) => {
        gated.push(text);
        return admitted;
      },
      admitToRoute: () => admitted,
    };
    const { passed, parts } = withHostBehind({ gate });
    const harness = await startIngress(t, parts);
    const client = await harness.open();
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const answer = await client.write(request(`${method} /page?a=1`, 'abc')).answer();
      assert.equal(answer.body.toString(), 'behind, 3 bytes');
    }
    assert.equal(harness.passedThrough, 5);
    assert.equal(gated.length, 5);
    assert.deepEqual(harness.appended, []);
    assert.equal(passed[0]?.request.url, '/page?a=1');
    assert.deepEqual(passed[0].client, { ip: '127.0.0.1', scheme: 'http' });
  });

  test('a caller that expects 100 gets it, since nobody behind will be asked', async (t) => {
    const { parts } = withHostBehind();
    const harness = await startIngress(t, parts);
    const client = await harness.open();
    client.write(request('POST /page\nExpect: 100-continue\nContent-Length: 3'));
    assert.equal((await client.answer()).status, 100);
    assert.equal((await client.write('abc').answer()).body.toString(), 'behind, 3 bytes');
  });

  test('a route stays a webhook', async (t) => {
    const { passed, parts } = withHostBehind();
    const harness = await startIngress(t, parts);
    assert.equal(
      (await (await harness.open()).write(request('POST /hook', 'x')).answer()).body.toString(),
      'hello',
    );
    assert.equal((await (await harness.open()).write(request('PUT /hook', 'x')).answer()).status, 405);
    assert.deepEqual(passed, []);
  });

  test('whoever is refused at the gate does not get through', async (t) => {
    const { passed, parts } = withHostBehind({
      gate: {
        admit: () => ({ admitted: false, refusal: 'banned', retryAfterSeconds: null, limit: null }),
        admitToRoute: () => admitted,
      },
    });
    const harness = await startIngress(t, parts);
    assert.equal((await (await harness.open()).write(request('GET /page')).answer()).code, 'banned');
    const upgrading = (await harness.open()).write(handshake('/socket'));
    assert.equal((await upgrading.answer()).code, 'banned');
    await upgrading.closed();
    assert.deepEqual(passed, []);
  });

  test('a reload that takes pass-through away is obeyed', async (t) => {
    const { parts } = withHostBehind();
    const harness = await startIngress(t, parts);
    const client = await harness.open();
    assert.equal((await client.write(request('GET /page')).answer()).status, 200);
    harness.settings.current = settings();
    assert.equal((await client.write(request('GET /page')).answer()).code, 'no-route');
  });

  test('a host behind that throws is an internal error, not a crash', async (t) => {
    const error = new Error('a fault');
    const fail = () => {
      throw error;
    };
    const { parts } = withHostBehind({ passThrough: { web: fail, upgrade: fail } });
    const harness = await startIngress(t, parts);
    assert.equal((await (await harness.open()).write(request('GET /page')).answer()).code, 'internal-error');
    assert.equal((await (await harness.open()).write(handshake('/socket')).answer()).code, 'internal-error');
    assert.deepEqual(harness.failures, [error, error]);
  });

  test('a WebSocket upgrade is handed over with the first bytes behind its header', async (t) => {
    const { passed, parts } = withHostBehind();
    const harness = await startIngress(t, parts);
    const client = await harness.open();
    client.write(Buffer.concat([handshake('/socket'), Buffer.from('early')]));
    assert.equal((await client.answer()).status, 101);
    client.write('late');
    await waitFor('the echo', () => client.received.toString() === 'earlylate');
    assert.equal(passed[0]?.kind, 'upgrade');
    assert.equal(harness.passedThrough, 1);
  });

  test('an upgraded socket that breaks does no harm', async (t) => {
    const { parts } = withHostBehind();
    const harness = await startIngress(t, parts);
    const client = await harness.open();
    client.write(handshake('/socket'));
    assert.equal((await client.answer()).status, 101);
    client.socket.resetAndDestroy();
    await waitFor('the connection to be gone', () => harness.ingress.readings().connections === 0);
  });

  const refused: readonly [why: string, bytes: Buffer, code: string, parts?: Parts][] = [
    ['on the path of a route', handshake('/hook'), 'no-route'],
    [
      'where WebSockets are off',
      handshake('/s'),
      'no-route',
      { settings: settings({ passThrough: { webSockets: false } }) },
    ],
    [
      'where nothing is passed through',
      handshake('/s'),
      'no-route',
      { settings: settings(), passThrough: null },
    ],
    ['where nobody is behind', handshake('/s'), 'no-route', { passThrough: null }],
    ['with a body', handshake('/s', '\nContent-Length: 3'), 'malformed-request'],
    ['with two Hosts', handshake('/s', '\nHost: other'), 'malformed-request'],
    ['with a parent segment', handshake('/s/../admin'), 'malformed-request'],
    ['with an endless target', handshake(`/${'s'.repeat(9000)}`), 'target-too-long'],
    [
      'from an address that cannot be determined',
      handshake('/s'),
      'address-unknown',
      { addresses: { of: () => null, isTrustedProxy: () => false } },
    ],
  ];

  for (const [why, bytes, code, more] of refused) {
    test(`a WebSocket upgrade ${why} is refused: ${code}`, async (t) => {
      const { passed, parts } = withHostBehind(more);
      const harness = await startIngress(t, parts);
      const client = (await harness.open()).write(bytes);
      const answer = await client.answer();
      assert.equal(answer.code, code);
      assert.equal(answer.header('connection'), 'close');
      await client.closed();
      assert.deepEqual(passed, []);
      assert.deepEqual(harness.refused, [code]);
    });
  }
});
