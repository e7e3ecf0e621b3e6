// Bodies that cost a careless reader its memory or its time. What a bot host must get of each is the same bytes.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** A body and what it says it is. */
export interface HostileBody {
  readonly headers: readonly string[];
  readonly body: Buffer;
}

const jsonType = ['Content-Type', 'application/json'];
const formType = ['Content-Type', 'application/x-www-form-urlencoded'];
const multipartType = ['Content-Type', 'multipart/form-data; boundary=bb'];

const json = (text: string): HostileBody => ({ headers: jsonType, body: Buffer.from(text) });
const form = (text: string): HostileBody => ({ headers: formType, body: Buffer.from(text) });
const times = <T>(count: number, make: (at: number) => T) =>
  Array.from({ length: count }, (_, at) => make(at));

const part = (at: number) =>
  `--bb\r\nContent-Disposition: form-data; name="f${at}"; filename="../../f${at}"\r\n\r\n${at}\r\n`;

/** 64 MiB of zeros: 64 kB of gzip, and some fifty bytes of brotli. */
const zeros = Buffer.alloc(64 * 1024 * 1024);
const bomb = (coding: string, body: Buffer): HostileBody => ({
  headers: [...jsonType, 'Content-Encoding', coding],
  body,
});

const makers: Readonly<Record<string, () => HostileBody>> = {
  '100,000 brackets': () => json('['.repeat(100_000)),
  '100,000 brackets, closed': () => json(`{"id":${'['.repeat(100_000)}${']'.repeat(100_000)}}`),
  '500,000 keys': () => json(`{${times(500_000, (at) => `"k${at}":${at}`).join(',')},"id":"event-1"}`),
  'as many keys as are still read': () =>
    json(`{${times(5_000, (at) => `"k${at}":${at}`).join(',')},"id":"event-2"}`),
  'names that are of one hash in a careless table': () =>
    json(`{${times(8_000, (at) => `"${'\\u0000'.repeat(at % 3)}${at * 65_536}":1`).join(',')}}`),
  'repeated keys': () => json('{"id":"event-3","id":"b","__proto__":{"id":"c"},"constructor":1,"id":"d"}'),
  'lone surrogates': () => json('{"id":"\\ud800","\\udfff":"\\ud83d\\ud83d"}'),
  'numbers beyond reason': () => json(`{"id":9007199254740993,"big":1e999999,"long":${'9'.repeat(200_000)}}`),
  'bytes that are no UTF-8': () => ({
    headers: jsonType,
    body: Buffer.from('{"id":"\xc0\xaf\xff"}', 'latin1'),
  }),
  'a gzip bomb': () => bomb('gzip', gzipSync(zeros, { level: 9 })),
  'a brotli bomb': () =>
    bomb('br', brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })),
  'a bomb in two codings': () => bomb('gzip, gzip', gzipSync(gzipSync(zeros, { level: 9 }))),
  'a multipart form of 10,000 parts': () => ({
    headers: multipartType,
    body: Buffer.from(`${times(10_000, part).join('')}--bb--\r\n`),
  }),
  'a form of 250,000 fields': () => form('id=1&'.repeat(200_000)),
  'a form of one field, all plus signs': () => form(`id=${'+'.repeat(1_000_000)}`),
  'a form of one name, all blanks': () => form(`${'%20'.repeat(300_000)}id=1`),
  'a form of one name, blanks inside': () => form(`id${'+'.repeat(1_000_000)}x=1`),
  'a form of escaped ampersands': () => form(`id=${'%26amp%3B'.repeat(7_000)}`),
  'a form of names that PHP would change': () => form('i.d%20[['.repeat(7_500) + ']=1'),
  'empty strings without end': () => json(`{"id":"event-4","sign":"a","a":[${'"",'.repeat(21_000)}""]}`),
  'escapes without end': () => json(`{"id":"event-5","sign":"a","a":"${'\\u0041'.repeat(10_500)}"}`),
};

/** Their names. */
export const hostileBodyNames: readonly string[] = Object.keys(makers);

const made = new Map<string, HostileBody>();

/** One of them; made when it is first asked for. */
export function hostileBody(name: string): HostileBody {
  const known = made.get(name) ?? makers[name]?.();
  if (known === undefined) throw new Error(`there is no body ${name}`);
  made.set(name, known);
  return known;
}
