// The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt, 2020-03-05): what a proxy writes before the first
// byte of a connection that it passes on, to say whose it is. Pure, and strict: whatever it does not understand in full is
// malformed, and never a part of a request.
import { isIPv4, isIPv6 } from 'node:net';

/** Whose connection it is, as the proxy says. */
export type ConveyedPeer =
  | { readonly kind: 'client'; readonly address: string }
  /** The proxy's own, e.g. to see whether we live. */
  | { readonly kind: 'proxy' }
  /** The proxy cannot tell. */
  | { readonly kind: 'unknown' };

/** A whole header. */
export interface ProxyHeader {
  readonly peer: ConveyedPeer;
  /** Bytes; what follows is the caller's. */
  readonly length: number;
}

/** `more`: so far it may become one. */
export type ProxyReading = ProxyHeader | 'more' | 'malformed';

/** The longest header of version 1, its CRLF included (proxy-protocol.txt, 2.1). */
const lineBytesMax = 107;

const lineStart = Buffer.from('PROXY ', 'latin1');
const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');

/** Of version 2 behind its first 16 bytes. Addresses take 216 at most; certificates' names and the like come behind. */
const blockBytesMax = 4096;
const headBytes = 16;

/** Whether `bytes` and `expected` are alike as far as both go. */
function beginsAlike(bytes: Buffer, expected: Buffer): boolean {
  const length = Math.min(bytes.length, expected.length);
  return bytes.subarray(0, length).equals(expected.subarray(0, length));
}

function isPort(text: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(text) && Number(text) <= 65_535;
}

/** What the line says, without its CRLF. */
function peerOfLine(line: string): ConveyedPeer | null {
  if (line === 'PROXY UNKNOWN' || line.startsWith('PROXY UNKNOWN ')) return { kind: 'unknown' };
  const [, family, address = '', destination = '', ...ports] = line.split(' ');
  const isAddress = family === 'TCP4' ? isIPv4 : family === 'TCP6' ? isIPv6 : null;
  if (isAddress === null || ports.length !== 2 || !ports.every(isPort)) return null;
  // A zone means something on the proxy only.
  if (!isAddress(address) || !isAddress(destination) || line.includes('%')) return null;
  return { kind: 'client', address };
}

function readLine(bytes: Buffer): ProxyReading {
  const end = bytes.subarray(0, lineBytesMax).indexOf('\r\n');
  if (end < 0) return bytes.length < lineBytesMax ? 'more' : 'malformed';
  const peer = peerOfLine(bytes.toString('latin1', 0, end));
  return peer === null ? 'malformed' : { peer, length: end + 2 };
}

/** Whether what stands behind the addresses is a list of types, lengths and values, up to the last byte. */
function areExtensions(bytes: Buffer): boolean {
  let at = 0;
  while (at + 3 <= bytes.length) at += 3 + bytes.readUInt16BE(at + 1);
  return at === bytes.length;
}

const words = (bytes: Buffer) =>
  Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(at * 2).toString(16)).join(':');

/** How the families of TCP write their addresses: two of each `size`, then two ports. */
const families: ReadonlyMap<number, { readonly size: number; readonly text: (bytes: Buffer) => string }> =
  new Map([
    [0x11, { size: 4, text: (bytes: Buffer) => bytes.join('.') }],
    [0x21, { size: 16, text: words }],
  ]);

/** Neither family nor transport given, or a UNIX socket: a connection all the same, of nobody that has an address. */
const familiesWithoutAddress: ReadonlySet<number> = new Set([0x00, 0x31]);

function peerOfBlock(command: number, family: number, block: Buffer): ConveyedPeer | null {
  // Version 2 in the high half. LOCAL: the rest is to be skipped, whatever it holds.
  if (command === 0x20) return { kind: 'proxy' };
  if (command !== 0x21) return null;
  if (familiesWithoutAddress.has(family)) return { kind: 'unknown' };
  const written = families.get(family);
  const addressBytes = written === undefined ? 0 : written.size * 2 + 4;
  if (written === undefined || block.length < addressBytes) return null;
  if (!areExtensions(block.subarray(addressBytes))) return null;
  return { kind: 'client', address: written.text(block.subarray(0, written.size)) };
}

function readBlock(bytes: Buffer): ProxyReading {
  if (bytes.length < headBytes) return 'more';
  const length = bytes.readUInt16BE(14);
  if (length > blockBytesMax) return 'malformed';
  if (bytes.length < headBytes + length) return 'more';
  const block = bytes.subarray(headBytes, headBytes + length);
  const peer = peerOfBlock(bytes.readUInt8(12), bytes.readUInt8(13), block);
  return peer === null ? 'malformed' : { peer, length: headBytes + length };
}

/** Reads the header that `bytes` begin with, of either version. */
export function readProxyHeader(bytes: Buffer): ProxyReading {
  if (beginsAlike(bytes, signature)) return bytes.length < signature.length ? 'more' : readBlock(bytes);
  if (beginsAlike(bytes, lineStart)) return bytes.length < lineStart.length ? 'more' : readLine(bytes);
  return 'malformed';
}
