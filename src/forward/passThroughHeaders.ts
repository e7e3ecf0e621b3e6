// The headers of a request that http-proxy sends on, and of an upgrade's answer. Pure.
import type { RawHeaders } from '../core/headers.ts';
import { headerValue } from '../core/headers.ts';
import type { BotHostAddress } from './botHostAddress.ts';
import type { BotHostTarget, PassThroughFacts } from './contract.ts';
import { forwardedHeaders } from './forwardedHeaders.ts';
import { answerHeaders, passedOnHeaders } from './headerFilter.ts';

/** Headers as Node's client takes them: a list where a name is repeated. */
export type HeaderObject = Record<string, string | string[]>;

/** http-proxy and Node's client look these up in lower case. */
const lowerCased: ReadonlySet<string> = new Set(['host', 'content-length']);

/**
 * What the bot host gets: as for webhooks (`passedOnHeaders`, `forwardedHeaders`), save the signed headers. Names keep
 * their first spelling and repeats stay apart, but stand together, since Node's client takes an object.
 */
export function passThroughHeaders(params: {
  readonly rawHeaders: RawHeaders;
  readonly headerPrefix: string;
  readonly target: BotHostTarget;
  readonly address: BotHostAddress;
  readonly facts: PassThroughFacts;
}): HeaderObject {
  const { rawHeaders, headerPrefix, target, address, facts } = params;
  const headers = headerObject(passedOnHeaders({ headers: rawHeaders, headerPrefix }));
  if (target.hostHeader === 'bot-host' || headers['host'] === undefined) headers['host'] = address.host;
  // The guard has seen to it that this is `chunked` alone, and Node's client writes the chunks.
  if (headerValue(rawHeaders, 'transfer-encoding') !== null) headers['transfer-encoding'] = 'chunked';
  return addTo(headers, forwardedHeaders({ ...facts, headers: rawHeaders }));
}

/** The same for an upgrade, which needs the two headers that make it one. */
export function upgradeHeaders(params: Parameters<typeof passThroughHeaders>[0]): HeaderObject {
  return { ...passThroughHeaders(params), connection: 'Upgrade', upgrade: 'websocket' };
}

/** The headers of the answer 101 that the caller gets. */
export function switchingHeaders(rawHeaders: RawHeaders): HeaderObject {
  return { connection: 'Upgrade', upgrade: 'websocket', ...headerObject(answerHeaders(rawHeaders)) };
}

/** The head of an answer, as bytes for a bare socket; the connection ends with the answer. */
export function rawAnswerHead(params: {
  readonly status: number;
  readonly reason: string;
  readonly rawHeaders: RawHeaders;
}): Buffer {
  const lines = [`HTTP/1.1 ${params.status} ${params.reason}`];
  const headers = answerHeaders(params.rawHeaders);
  for (let at = 0; at + 1 < headers.length; at += 2)
    lines.push(`${headers[at] as string}: ${headers[at + 1] as string}`);
  return Buffer.from(`${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`, 'latin1');
}

function headerObject(headers: RawHeaders): HeaderObject {
  return addTo({}, headers);
}

function addTo(object: HeaderObject, headers: RawHeaders): HeaderObject {
  const spelling = new Map(Object.keys(object).map((name) => [name.toLowerCase(), name]));
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const given = headers[at] as string;
    const value = headers[at + 1] as string;
    const lower = given.toLowerCase();
    // As a key of an object it would be no header but its prototype.
    if (lower === '__proto__') continue;
    const name = spelling.get(lower) ?? (lowerCased.has(lower) ? lower : given);
    const before = object[name];
    object[name] =
      before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value];
    spelling.set(lower, name);
  }
  return object;
}
