// A connection whose other side reads nothing, over a real socket.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { getRequestListener } from '@hono/node-server';
import { createLiveStreams } from '../../../src/admin/index.ts';
import { createChanges } from '../../../src/app/changes.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { api, tokenOf, tokens } from './support.ts';

const callOf = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${tokenOf('viewer')}\r\n\r\n`;

test('a stream that nobody reads stops growing, and is cut a minute later', async () => {
  const clock = manualClock();
  const changes = createChanges({ get: () => Promise.resolve(null) }, () => clock.now());
  const { app } = api(tokens, { live: createLiveStreams({ changes, clock }) });
  const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const server = createServer((request, response) => void answer(request, response));
  const sockets: Socket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const reader = connect((server.address() as AddressInfo).port, '127.0.0.1');
  reader.on('error', () => undefined);
  try {
    reader.write(callOf('/api/events'));
    await once(reader, 'data');
    reader.pause();
    const [socket] = sockets;
    assert.ok(socket !== undefined);
    const half = async () => {
      for (let at = 0; at < 200; at += 1) {
        changes.tell({
          ...{ route: 'a-route-with-a-name-that-is-long', state: 'pending', what: 'received', at: 1 },
          id: `${String(at)}-${'x'.repeat(200)}` as WebhookId,
        });
      }
      await turn();
      clock.advance(500);
      await turn();
    };
    // The system takes some megabytes; what comes then waits here, and there must be no more of it than one event.
    let written = 0;
    await waitFor('the connection to be full', async () => {
      written += 1;
      await half();
      return socket.writableLength > 0;
    });
    const waiting = socket.writableLength;
    for (let at = 0; at < 110; at += 1) await half();
    assert.equal(socket.writableLength, waiting, `after ${String(written)} events nothing more was made`);
    assert.ok(waiting < 256 * 1024, String(waiting));
    assert.equal(socket.destroyed, false);
    clock.advance(60_000);
    assert.equal(socket.destroyed, true);
  } finally {
    reader.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});
