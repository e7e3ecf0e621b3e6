// Our own table of hostile framing, targets and headers. The number says how many of a case's requests may come to the
// bot host: as webhooks, and passed through.
import { forgedMark } from './judge.ts';

/** Raw bytes (Latin-1) and how many requests they may become. */
export interface FramingCase {
  readonly name: string;
  readonly raw: string;
  readonly webhooks: number;
  readonly passedThrough: number;
}

type Arrives = number | readonly [webhooks: number, passedThrough: number];

function framing(name: string, arrives: Arrives, raw: string): FramingCase {
  const [webhooks, passedThrough] = typeof arrives === 'number' ? [arrives, arrives] : arrives;
  return { name, raw, webhooks, passedThrough };
}

/** A request with Host and the given further lines. */
const head = (line: string, ...lines: readonly string[]) =>
  [`${line} HTTP/1.1`, 'Host: hooks.example', ...lines, '', ''].join('\r\n');

const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
const lastChunk = '0\r\n\r\n';
const coded = 'Transfer-Encoding: chunked';

/** What an attacker would like to be taken for a request of its own. */
const inner = `GET /inner HTTP/1.1\r\nHost: inner\r\nhookward-id: ${forgedMark}\r\n\r\n`;
const forged = `hookward-options: ${forgedMark}`;

const lengths: readonly FramingCase[] = [
  framing('two lengths that differ', 0, head('POST /a', 'Content-Length: 3', 'Content-Length: 9') + 'abc'),
  framing('two lengths that agree', 0, head('POST /a', 'Content-Length: 3', 'content-length: 3') + 'abc'),
  framing('a list of lengths', 0, head('POST /a', 'Content-Length: 3, 3') + 'abc'),
  ...['+3', '-3', '0x3', '3.0', '3 3', '3;', '', '999999999999999999999', '\xb3'].map((length) =>
    framing(`the length ${JSON.stringify(length)}`, 0, head('POST /a', `Content-Length: ${length}`) + 'abc'),
  ),
  framing('a length with leading zeros', [1, 1], head('POST /a', 'Content-Length: 0003') + 'abc'),
  framing(
    'a length shorter than what follows',
    1,
    head('POST /a', 'Content-Length: 3') + `abc${inner.slice(1)}`,
  ),
  framing('a length longer than what follows', 0, head('POST /a', 'Content-Length: 30') + 'abc'),
  framing('a request inside a body', 1, head('POST /a', `Content-Length: ${inner.length}`) + inner),
  framing('a GET with a request for its body', 1, head('GET /a', `Content-Length: ${inner.length}`) + inner),
  framing(
    'a DELETE with a request for its body',
    [0, 1],
    head('DELETE /a', `Content-Length: ${inner.length}`) + inner,
  ),
  framing('a body without length or coding', [2, 2], head('POST /a') + inner),
];

const codings: readonly FramingCase[] = [
  framing('a length and chunks', 0, head('POST /a', 'Content-Length: 5', coded) + lastChunk + inner),
  framing('chunks and a length', 0, head('POST /a', coded, 'Content-Length: 5') + lastChunk + inner),
  framing(
    'an empty coding and a length',
    0,
    head('POST /a', 'Transfer-Encoding:', 'Content-Length: 5') + 'abcde',
  ),
  ...[
    'identity',
    'xchunked',
    'chunked, identity',
    'gzip, chunked',
    'chunked, chunked',
    '"chunked"',
    'chunked;q=1',
    '\x0bchunked',
    'chunked\x00',
    'chun\xaded',
  ].map((coding) =>
    framing(
      `the coding ${JSON.stringify(coding)}`,
      0,
      head('POST /a', `Transfer-Encoding: ${coding}`) + lastChunk,
    ),
  ),
  framing('the coding twice', 0, head('POST /a', coded, coded) + lastChunk),
  framing(
    'the coding in capitals',
    1,
    head('POST /a', 'TRANSFER-ENCODING: CHUNKED') + chunk('abc') + lastChunk,
  ),
  framing('a blank before the colon', 0, head('POST /a', 'Transfer-Encoding : chunked') + lastChunk),
  framing(
    'the coding folded onto a second line',
    0,
    head('POST /a', 'Transfer-Encoding:\r\n chunked') + lastChunk,
  ),
  framing('the coding behind a bare CR', 0, head('POST /a', 'X: y\rTransfer-Encoding: chunked') + lastChunk),
  framing(
    'the coding behind a bare LF',
    0,
    head('POST /a', 'Content-Length: 5', 'X: y\nTransfer-Encoding: chunked') + lastChunk,
  ),
  framing(
    'the coding with an underscore',
    1,
    head('POST /a', 'Transfer_Encoding: chunked', 'Content-Length: 3') + 'abc',
  ),
  framing('chunks in HTTP/1.0', 0, `POST /a HTTP/1.0\r\nHost: h\r\n${coded}\r\n\r\n${lastChunk}`),
  framing(
    'chunks named by Connection',
    1,
    head('POST /a', 'Connection: transfer-encoding', coded) + chunk('abc') + lastChunk,
  ),
  ...['DELETE', 'OPTIONS', 'HEAD', 'PUT', 'PATCH'].map((method) =>
    framing(
      `chunks on ${method}`,
      [0, method.startsWith('P') ? 1 : 0],
      head(`${method} /a`, coded, forged) + chunk(inner) + lastChunk,
    ),
  ),
  framing('chunks on GET', [1, 0], head('GET /a', coded, forged) + chunk(inner) + lastChunk),
];

const chunks: readonly FramingCase[] = [
  framing('extensions', 1, head('POST /a', coded) + `3;a="b;c";d\r\nabc\r\n${lastChunk}`),
  framing('an extension with a bare LF', 0, head('POST /a', coded) + `3;a\nabc\r\n${lastChunk}`),
  framing(
    'trailers that forge',
    1,
    head('POST /a', coded, 'Trailer: hookward-id') + `0\r\nhookward-id: ${forgedMark}\r\n\r\n`,
  ),
  framing('a length among the trailers', 0, head('POST /a', coded) + '0\r\nContent-Length: 9\r\n\r\n'),
  ...['0x3', '+3', '-3', '3 ', ' 3', '', 'g', 'fffffffffffffffff', '3\x00'].map((size) =>
    framing(`the size ${JSON.stringify(size)}`, 0, head('POST /a', coded) + `${size}\r\nabc\r\n${lastChunk}`),
  ),
  framing('a chunk longer than it says', 0, head('POST /a', coded) + `3\r\nabcdef\r\n${lastChunk}`),
  framing('a chunk that ends with a bare LF', 0, head('POST /a', coded) + `3\r\nabc\n${lastChunk}`),
  framing('no last chunk', 0, head('POST /a', coded) + chunk('abc')),
  framing(
    'a request behind the last chunk',
    2,
    head('POST /a', coded) + chunk('abc') + lastChunk + head('GET /b'),
  ),
  framing('a last chunk of many zeros', 1, head('POST /a', coded) + chunk('abc') + '0000000\r\n\r\n'),
];

const hosts: readonly FramingCase[] = [
  framing('no Host', 0, 'GET /a HTTP/1.1\r\n\r\n'),
  framing('two Hosts', 0, head('GET /a', 'Host: other.example')),
  framing('two Hosts that agree', 0, head('GET /a', 'hOST: hooks.example')),
  ...['a/b', 'a@b', 'a b', 'a,b', 'a\x00', 'a#b', 'a?b', 'a\\b', 'a\tb'].map((host) =>
    framing(
      `the Host ${JSON.stringify(host)}`,
      host === 'a,b' ? [1, 0] : 0,
      `GET /a HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    ),
  ),
  framing('an empty Host', [1, 0], 'GET /a HTTP/1.1\r\nHost:\r\n\r\n'),
];

const targets: readonly FramingCase[] = [
  ...[
    'http://other.example/a',
    'HTTP://hooks.example/a',
    'https:/a',
    '//other.example/a',
    '/a/../b',
    '/..',
    '/a/..;x=1/b',
    '/a/./b',
    '/%2e%2e/b',
    '/a/%2E./b',
    '/a%2fb',
    '/a%5cb',
    '/a\\b',
    '/\\other.example',
    '/a//b',
    '/a%00b',
    '/a%0d%0aX:%20y',
    '/%61',
    '/a%',
    '/a%zz',
    '/a#b',
    '/a?b#c',
    '/\xc0\xaf',
    '/\xe4',
    '/a\x00b',
    '/a\x7fb',
    '/a?b=\xff\xfe',
    '*',
    'a',
    'hooks.example:80',
    '',
  ].map((target) => framing(`the target ${JSON.stringify(target)}`, 0, head(`GET ${target}`))),
  framing('a tab in the request line', 0, head('GET\t/a')),
  framing('two blanks in the request line', 1, head('GET  /a')),
  framing('a blank in the target', 0, head('GET /a b')),
  framing('no version', 0, 'GET /a\r\n\r\n'),
  framing('HTTP/0.9', 0, 'GET /a HTTP/0.9\r\nHost: h\r\n\r\n'),
  framing('RTSP, read as HTTP/1.0', 1, 'GET /a RTSP/1.0\r\nHost: h\r\n\r\n'),
  framing('RTSP with a method of its own', 0, 'ANNOUNCE /a RTSP/1.0\r\nHost: h\r\n\r\n'),
  framing('Icecast', 0, 'SOURCE /a ICE/1.0\r\nHost: h\r\n\r\n'),
  framing('HTTP/2.0', 0, 'GET /a HTTP/2.0\r\nHost: h\r\n\r\n'),
  framing('the preface of HTTP/2', 0, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  framing('the first bytes of TLS', 0, '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03'),
  framing('a percent sign in the query', 1, head('GET /a?b=%zz&c=\\..//')),
];

const fields: readonly FramingCase[] = [
  ...['a b', 'a\x00', 'a(', '', 'a\xe4', '\x0bContent-Length'].map((name) =>
    framing(`the field name ${JSON.stringify(name)}`, 0, head('GET /a', `${name}: x`)),
  ),
  ...['\x00', '\x01', '\x7f', 'a\rb', 'a\r\rb'].map((value) =>
    framing(`the field value ${JSON.stringify(value)}`, 0, head('GET /a', `X: ${value}`)),
  ),
  framing('a line without a colon', 0, head('GET /a', 'X')),
  framing('a blank before the first field', 0, 'GET /a HTTP/1.1\r\n Host: h\r\n\r\n'),
  framing('__proto__', 1, head('POST /a', '__proto__: x', 'constructor: y', 'Content-Length: 0')),
  framing(
    'our headers in many spellings',
    1,
    head(
      'GET /a',
      forged,
      ...[
        'Hookward-Id',
        'HOOKWARD_OPTIONS',
        'hookward.signature',
        'hookward~timestamp',
        'hOOKWARD-x',
        "hookward'id",
      ].map((name) => `${name}: ${forgedMark}`),
    ),
  ),
  framing(
    'our headers named by Connection',
    1,
    head('GET /a', 'Connection: hookward-id, host, content-length, x-forwarded-for', forged),
  ),
  framing(
    'addresses in many spellings',
    1,
    head(
      'GET /a',
      'X-Forwarded-For: 6.6.6.6',
      'x_forwarded_for: 6.6.6.6',
      'Forwarded: for=6.6.6.6',
      'X-FORWARDED.PROTO: https',
    ),
  ),
  framing(
    'Expect with forged headers',
    1,
    head('POST /a', 'Expect: 100-continue', forged, 'Content-Length: 3') + 'abc',
  ),
  framing('another expectation', 0, head('POST /a', 'Expect: the-worst', 'Content-Length: 3') + 'abc'),
  framing(
    'an upgrade to h2c',
    1,
    head(
      'POST /a',
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABk',
      'Content-Length: 3',
    ) + 'abc',
  ),
  framing(
    'an upgrade that hides a request',
    0,
    head('GET /a', 'Connection: Upgrade', 'Upgrade: websocket', `Content-Length: ${inner.length}`) + inner,
  ),
  framing(
    'a WebSocket with bytes behind its header',
    [0, 1],
    head('GET /a', 'Connection: Upgrade', 'Upgrade: websocket', forged) + inner,
  ),
  framing('CONNECT', 0, 'CONNECT hooks.example:80 HTTP/1.1\r\nHost: hooks.example\r\n\r\n' + inner),
  framing('TRACE', 0, head('TRACE /a')),
];

const pipelines: readonly FramingCase[] = [
  framing('two requests', 2, head('GET /a') + head('GET /b')),
  framing('empty lines between', 2, `\r\n${head('GET /a')}\r\n\r\n${head('GET /b')}`),
  framing('garbage behind a good one', 1, `${head('GET /a')}\x00\x01garbage\r\n\r\n${inner}`),
  framing(
    'a poisoned second one',
    1,
    head('GET /a') + head('POST /b', 'Content-Length: 5', coded) + lastChunk + inner,
  ),
  framing(
    'a refused body that holds a request',
    [0, 0],
    head('POST /a//b', `Content-Length: ${inner.length}`) + inner,
  ),
  framing(
    'a refused short body, then an honest one',
    [1, 2],
    head('PUT /a', 'Content-Length: 3') + 'abc' + head('GET /b'),
  ),
  framing(
    'one half of a request behind a good one',
    1,
    `${head('GET /a')}GET /b HTTP/1.1\r\nHost: h\r\nX-Half`,
  ),
  framing('a good one behind Connection: close', 1, head('GET /a', 'Connection: close') + head('GET /b')),
];

export const framingCases: Readonly<Record<string, readonly FramingCase[]>> = {
  lengths,
  codings,
  chunks,
  hosts,
  targets,
  fields,
  pipelines,
};
