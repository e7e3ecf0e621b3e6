import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { answerKeptBytesMax } from '../../../src/core/attempt.ts';
import { waitFor } from '../../support/waitFor.ts';
import { requestNumber } from './support/botHost.ts';
import { recordingWriter, requestOf, road } from './support/sending.ts';

const large = 1024 * 1024;

describe('the answer of a bot host', () => {
  it('comes with its header as received, hop-by-hop ones gone, several Set-Cookie apart', async (t) => {
    const { send } = await road(t, {
      answering:
        'HTTP/1.1 503 Oops\r\nsEt-cOOkie: a=1\r\nX-Caf: \xe9\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n' +
        'Keep-Alive: timeout=5\r\nSet-Cookie: b=2\r\nContent-Length: 4\r\n\r\nnope',
    });
    const writer = recordingWriter();
    const outcome = await send(requestOf(), { onHead: writer.onHead });
    const headers = ['sEt-cOOkie', 'a=1', 'X-Caf', '\u00e9', 'Set-Cookie', 'b=2', 'Content-Length', '4'];
    assert.deepEqual(writer.head(), { status: 503, headers });
    assert.deepEqual(outcome, {
      kind: 'answered',
      status: 503,
      headers,
      body: Buffer.from('nope'),
      bodyTruncated: false,
      complete: true,
    });
    assert.deepEqual([writer.bytes().toString(), writer.ending()], ['nope', 'end']);
  });

  it('may have a header of 24 kB, more than Node itself would take', async (t) => {
    const { send } = await road(t, {
      answering: `HTTP/1.1 200 OK\r\n${`X-A: ${'a'.repeat(1_000)}\r\n`.repeat(24)}Content-Length: 0\r\n\r\n`,
    });
    const outcome = await send(requestOf());
    assert.equal(outcome.kind, 'answered');
    assert.equal(outcome.headers.length, 50);
  });

  it('is never followed where it is a redirect', async (t) => {
    const { host, send } = await road(t, {
      answering: 'HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n',
    });
    const outcome = await send(requestOf());
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual([outcome.status, outcome.headers.slice(0, 2)], [302, ['Location', '/elsewhere']]);
    assert.equal(host.requests.length, 1);
  });

  it('is the final one: early hints before it are skipped', async (t) => {
    const { send } = await road(t, {
      answering:
        'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n',
    });
    const writer = recordingWriter();
    const outcome = await send(requestOf(), { onHead: writer.onHead });
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual(writer.head(), { status: 201, headers: ['Content-Length', '0'] });
  });

  for (const status of [204, 304]) {
    it(`of status ${String(status)} has no body and leaves the connection usable`, async (t) => {
      const { host, send } = await road(t, {
        answering: `HTTP/1.1 ${String(status)} X\r\n\r\n`,
        target: { concurrency: 1 },
      });
      for (let time = 0; time < 2; time += 1) {
        const outcome = await send(requestOf());
        assert.equal(outcome.kind, 'answered');
        assert.deepEqual([outcome.status, outcome.body.byteLength, outcome.complete], [status, 0, true]);
      }
      assert.equal(host.accepted(), 1);
    });
  }

  it('is handed on chunk by chunk as it comes', async (t) => {
    const { host, send } = await road(t, {
      answering: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n',
    });
    const writer = recordingWriter();
    const sending = send(requestOf(), { onHead: writer.onHead });
    await waitFor('the first chunk', () => writer.bytes().toString() === 'a');
    assert.equal(writer.ending(), null);
    host.requests[0]?.socket.write('1\r\nb\r\n0\r\n\r\n');
    await sending;
    assert.deepEqual([writer.bytes().toString(), writer.ending()], ['ab', 'end']);
  });

  it('that ends with the connection is complete', async (t) => {
    const { send } = await road(t, {
      answering: ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end'),
    });
    const outcome = await send(requestOf());
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual([Buffer.from(outcome.body).toString(), outcome.complete], ['until the end', true]);
  });

  it('is relayed whole and kept up to the bound where it is long', async (t) => {
    const body = Buffer.alloc(large, 'ab');
    const { send } = await road(t, {
      answering: () =>
        Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${String(large)}\r\n\r\n`), body]),
    });
    const writer = recordingWriter();
    const outcome = await send(requestOf(), { onHead: writer.onHead });
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual(writer.bytes(), body);
    assert.deepEqual(Buffer.from(outcome.body), body.subarray(0, answerKeptBytesMax));
    assert.deepEqual([outcome.bodyTruncated, outcome.complete], [true, true]);
  });

  it('is kept whole where it is exactly as long as the bound', async (t) => {
    const body = Buffer.alloc(answerKeptBytesMax, 'x');
    const { host, send } = await road(t, {
      target: { concurrency: 1 },
      answering: () =>
        Buffer.concat([
          Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${String(body.length)}\r\n\r\n`),
          body,
        ]),
    });
    const outcome = await send(requestOf());
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual(
      [outcome.body.byteLength, outcome.bodyTruncated, outcome.complete],
      [body.length, false, true],
    );
    await send(requestOf());
    assert.equal(host.accepted(), 1);
  });

  it('that is endless is read no further than the bound where nobody waits for it', async (t) => {
    const { host, send } = await road(t, { answering: endless });
    const outcome = await send(requestOf());
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual(
      [outcome.body.byteLength, outcome.bodyTruncated, outcome.complete],
      [answerKeptBytesMax, true, true],
    );
    await waitFor('the connection to be closed', () => host.requests[0]?.socket.destroyed);
  });

  it('that is endless is read no further than the bound once the caller has gone', async (t) => {
    const { host, send } = await road(t, { answering: endless });
    const writer = recordingWriter();
    const sending = send(requestOf(), { onHead: writer.onHead });
    await waitFor('more than is kept', () => writer.bytes().length > 2 * answerKeptBytesMax);
    writer.gone = true;
    const outcome = await sending;
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual([outcome.bodyTruncated, outcome.complete], [true, true]);
    await waitFor('the connection to be closed', () => host.requests[0]?.socket.destroyed);
  });

  it('is kept to its end for support when the caller goes early and it is short', async (t) => {
    const { host, send } = await road(t, { answering: 'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc' });
    const writer = recordingWriter();
    const sending = send(requestOf(), { onHead: writer.onHead });
    await waitFor('the first bytes', () => writer.bytes().length === 3);
    writer.gone = true;
    host.requests[0]?.socket.write('def');
    const outcome = await sending;
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual([Buffer.from(outcome.body).toString(), outcome.complete], ['abcdef', true]);
  });

  it('waits where the caller reads slowly, and goes on when there is room', async (t) => {
    const body = Buffer.alloc(8 * large, 'z');
    const { host, send } = await road(t, {
      answering: () =>
        Buffer.concat([
          Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${String(body.length)}\r\n\r\n`),
          body,
        ]),
    });
    let room = false;
    const writer = recordingWriter(() => room);
    const sending = send(requestOf(), { onHead: writer.onHead });
    const { socket } = await requestNumber(host, 1);
    await waitFor(
      'the bot host to be held back',
      () => writer.bytes().length > 0 && socket.writableLength > large,
    );
    const held = writer.bytes().length;
    writer.drain();
    await waitFor('one more piece', () => writer.bytes().length > held);
    assert.ok(writer.bytes().length < large);
    room = true;
    writer.drain();
    await sending;
    assert.deepEqual([writer.bytes().length, writer.ending()], [body.length, 'end']);
  });

  it('goes on at once where the writer has room again before it returns', async (t) => {
    const { send } = await road(t, { answering: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc' });
    const writer = recordingWriter(() => false);
    const hasty = { ...writer, onDrain: (resume: () => void) => resume() };
    const outcome = await send(requestOf(), { onHead: () => hasty });
    assert.equal(outcome.kind, 'answered');
    assert.equal(outcome.complete, true);
  });

  it('stands where showing its head fails', async (t) => {
    const { send } = await road(t);
    const outcome = await send(requestOf(), {
      onHead() {
        throw new Error('a fault of ours');
      },
    });
    assert.equal(outcome.kind, 'answered');
    assert.deepEqual([outcome.status, outcome.complete], [200, false]);
  });
});

/** Answers without end, as fast as it is read. */
function endless({ socket }: { readonly socket: Socket }): undefined {
  socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
  const chunk = Buffer.from(`4000\r\n${'e'.repeat(0x4000)}\r\n`);
  const more = (): void => {
    while (!socket.destroyed && socket.write(chunk));
    socket.once('drain', more);
  };
  more();
}
