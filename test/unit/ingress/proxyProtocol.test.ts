import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readProxyHeader, type ConveyedPeer } from '../../../src/ingress/proxyProtocol.ts';

const signature = '\r\n\r\n\0\r\nQUIT\n';
const bytesOf = (text: string) => Buffer.from(text, 'latin1');

/** A header of version 2. */
function block(command: number, family: number, rest: Uint8Array): Buffer {
  const head = Buffer.from([command, family, rest.length >> 8, rest.length & 255]);
  return Buffer.concat([bytesOf(signature), head, rest]);
}

const ipv4 = Buffer.from([192, 0, 2, 7, 10, 0, 0, 1, 0x30, 0x39, 0x01, 0xbb]);
const ipv6 = Buffer.concat([
  Buffer.from('20010db8000000000000000000000007', 'hex'),
  Buffer.from('20010db8000000000000000000000001', 'hex'),
  Buffer.from([0x30, 0x39, 0x01, 0xbb]),
]);
const extension = Buffer.from([0x04, 0, 2, 1, 2]);
const client = (address: string): ConveyedPeer => ({ kind: 'client', address });

describe('a header of the PROXY protocol', () => {
  const good: readonly (readonly [string, Buffer, ConveyedPeer])[] = [
    ['TCP4', bytesOf('PROXY TCP4 192.0.2.7 10.0.0.1 12345 443\r\n'), client('192.0.2.7')],
    ['TCP6', bytesOf('PROXY TCP6 2001:db8::7 2001:db8::1 12345 443\r\n'), client('2001:db8::7')],
    ['UNKNOWN', bytesOf('PROXY UNKNOWN\r\n'), { kind: 'unknown' }],
    ['UNKNOWN with more', bytesOf('PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n'), { kind: 'unknown' }],
    ['version 2, IPv4', block(0x21, 0x11, ipv4), client('192.0.2.7')],
    ['version 2, IPv6', block(0x21, 0x21, ipv6), client('2001:db8:0:0:0:0:0:7')],
    ['version 2, with extensions', block(0x21, 0x11, Buffer.concat([ipv4, extension])), client('192.0.2.7')],
    ['version 2, LOCAL', block(0x20, 0x00, Buffer.alloc(0)), { kind: 'proxy' }],
    ['version 2, LOCAL with anything', block(0x20, 0x11, Buffer.from('xyz')), { kind: 'proxy' }],
    ['version 2, unspecified', block(0x21, 0x00, Buffer.alloc(0)), { kind: 'unknown' }],
    ['version 2, a UNIX socket', block(0x21, 0x31, Buffer.alloc(216)), { kind: 'unknown' }],
  ];

  for (const [what, bytes, peer] of good) {
    test(`${what}: is read, and not a byte behind it; every beginning of it waits for more`, () => {
      const expected = { peer, length: bytes.length };
      assert.deepEqual(readProxyHeader(bytes), expected);
      assert.deepEqual(readProxyHeader(Buffer.concat([bytes, bytesOf('GET / HTTP/1.1\r\n\r\n')])), expected);
      for (let end = 0; end < bytes.length; end += 1)
        assert.equal(readProxyHeader(bytes.subarray(0, end)), 'more', String(end));
    });
  }

  const wrong: Readonly<Record<string, Buffer>> = {
    'a request': bytesOf('GET / HTTP/1.1\r\n'),
    'a request that begins alike': bytesOf('PROXYFIND / HTTP/1.1\r\n'),
    'a TLS handshake': Buffer.from([0x16, 0x03, 0x01]),
    'empty lines before a request': bytesOf('\r\n\r\nGET / HTTP/1.1\r\n'),
    'lower case': bytesOf('proxy TCP4 192.0.2.7 10.0.0.1 1 2\r\n'),
    'no family': bytesOf('PROXY \r\n'),
    'another family': bytesOf('PROXY UDP4 192.0.2.7 10.0.0.1 1 2\r\n'),
    'UNKNOWN, run on': bytesOf('PROXY UNKNOWNX\r\n'),
    'an address of the other family': bytesOf('PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n'),
    'an address with a leading zero': bytesOf('PROXY TCP4 010.0.0.1 10.0.0.1 1 2\r\n'),
    'an address with a zone': bytesOf('PROXY TCP6 fe80::1%eth0 2001:db8::1 1 2\r\n'),
    'an address in brackets': bytesOf('PROXY TCP6 [2001:db8::7] 2001:db8::1 1 2\r\n'),
    'two blanks': bytesOf('PROXY TCP4  192.0.2.7 10.0.0.1 1 2\r\n'),
    'a blank at the end': bytesOf('PROXY TCP4 192.0.2.7 10.0.0.1 1 2 \r\n'),
    'one port': bytesOf('PROXY TCP4 192.0.2.7 10.0.0.1 1\r\n'),
    'a port too large': bytesOf('PROXY TCP4 192.0.2.7 10.0.0.1 65536 2\r\n'),
    'a port with a leading zero': bytesOf('PROXY TCP4 192.0.2.7 10.0.0.1 01 2\r\n'),
    'a bare LF': bytesOf(`PROXY TCP4 192.0.2.7 10.0.0.1 1 2\n${'x'.repeat(107)}`),
    'a NUL in the line': bytesOf('PROXY TCP4 192.0.2.7\0 10.0.0.1 1 2\r\n'),
    'a line without end': bytesOf(`PROXY UNKNOWN ${'x'.repeat(200)}\r\n`),
    'version 1 in binary': block(0x11, 0x11, ipv4),
    'another command': block(0x22, 0x11, ipv4),
    datagrams: block(0x21, 0x12, ipv4),
    'another family in binary': block(0x21, 0x41, ipv4),
    'too few bytes for addresses': block(0x21, 0x11, ipv4.subarray(0, 11)),
    'IPv4 addresses called IPv6': block(0x21, 0x21, ipv4),
    'an extension that ends too soon': block(0x21, 0x11, Buffer.concat([ipv4, extension.subarray(0, 4)])),
    'half an extension': block(0x21, 0x11, Buffer.concat([ipv4, Buffer.from([4])])),
    'a block without end': block(0x21, 0x11, Buffer.alloc(0)).fill(0xff, 14),
  };

  for (const [what, bytes] of Object.entries(wrong)) {
    test(`${what}: is malformed`, () => assert.equal(readProxyHeader(bytes), 'malformed'));
  }

  test('of any bytes: an address, or none; and what has been decided stays so when more comes', () => {
    const piece = fc.constantFrom(
      ...[
        'PROXY ',
        'TCP4 ',
        'TCP6 ',
        'UNKNOWN',
        '192.0.2.7 ',
        '2001:db8::7 ',
        '1 ',
        '65535',
        '\r\n',
        '\n',
        ' ',
      ],
      ...[
        signature,
        '\x21\x11\0\x0c',
        '\x21\x21\0\x24',
        '\x20\0\0\0',
        '\x21\0\0\0',
        'x'.repeat(12),
        '\xff'.repeat(36),
      ],
    );
    const text = fc.oneof(
      fc.array(piece, { maxLength: 8 }).map((pieces) => bytesOf(pieces.join(''))),
      fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.concat([bytesOf(signature), bytes])),
    );
    fc.assert(
      fc.property(text, fc.nat(200), (bytes, cut) => {
        const reading = readProxyHeader(bytes);
        const sooner = readProxyHeader(bytes.subarray(0, cut));
        if (sooner !== 'more') assert.deepEqual(reading, sooner);
        if (typeof reading === 'string') return;
        assert.ok(reading.length <= bytes.length && reading.length > 0);
        if (reading.peer.kind === 'client') assert.notEqual(isIP(reading.peer.address), 0);
      }),
      { numRuns: Number(process.env['HOOKWARD_FUZZ_RUNS'] ?? 1_000) },
    );
  });
});
