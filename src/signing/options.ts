// The options: the facts about a call that a bot may trust. This file owns their form and their bound, and holds to one
// rule: what stands in them is whole; what does not fit is left out, and said to be.
import type { RawHeaders } from '../core/headers.ts';
import type { WebhookMethod } from '../core/webhook.ts';
import type { Fields, FieldValue } from './params.ts';
import { asciiJson } from './asciiJson.ts';
import { headerImportance } from './headerNames.ts';

/** What can be left out of the options. `form`: the body is a form that was too large to be read for `params`. */
export type OmittedPart = 'headers' | 'params' | 'url' | 'form';

/** The content of the options header, version 1. */
export interface WebhookOptions {
  readonly v: 1;
  /** The public URL that the caller called; null where it did not fit. Never a part of it. */
  readonly url: string | null;
  readonly method: WebhookMethod;
  /** The query's fields and a small form's; empty where they did not fit. Never some of them. A JSON body is not repeated. */
  readonly params: Readonly<Fields>;
  /** By name in Title-Case; a list where a header occurred more than once. */
  readonly headers: Readonly<Record<string, FieldValue>>;
  /** The client's address. */
  readonly ip: string;
  /** The name of the route that took the webhook. */
  readonly route: string;
  /** The sender that the route names, e.g. `stripe`; present only where it names one. */
  readonly sender?: string;
  /**
   * Present exactly where `sender` is: whether the call was proven to be the sender's when it arrived. False where it was
   * not, or could not be checked, and the route only reports that.
   */
  readonly verified?: boolean;
  /** When the webhook arrived: milliseconds since the epoch. */
  readonly receivedAt: number;
  /** 1 for the first try, counted on through replays. */
  readonly attempt: number;
  /** 0, or the number of the replay that this try belongs to. */
  readonly replay: number;
  /** SHA-256 of the body's bytes, lower-case hex. */
  readonly bodySha256: string;
  /** Present, and true, where something was left out. */
  readonly truncated?: true;
  /** What was left out; there exactly when `truncated` is. */
  readonly omitted?: readonly OmittedPart[];
}

/** The options before they are bounded. */
export interface WholeOptions extends Omit<WebhookOptions, 'url' | 'truncated' | 'omitted'> {
  readonly url: string;
}

/** The flat list as an object without a prototype, names as `title` gives them. */
export function titledHeaders(
  headers: RawHeaders,
  title: (name: string) => string,
): Record<string, FieldValue> {
  const titled = Object.create(null) as Record<string, FieldValue>;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = title(headers[at] as string);
    const value = headers[at + 1] as string;
    const before = titled[name];
    if (before === undefined) titled[name] = value;
    else if (typeof before === 'string') titled[name] = [before, value];
    else before.push(value);
  }
  return titled;
}

/** The length of `"name":value,` in the options. */
function entryLength(name: string, value: FieldValue): number {
  return asciiJson(name).length + asciiJson(value).length + 2;
}

/** The headers that fit into `room` bytes, the most important first and the shorter first among equals. */
function headersWithin(
  headers: Readonly<Record<string, FieldValue>>,
  room: number,
): Record<string, FieldValue> {
  const candidates = Object.entries(headers).map(([name, value]) => ({
    name,
    importance: headerImportance(name),
    length: entryLength(name, value),
  }));
  candidates.sort((one, other) => other.importance - one.importance || one.length - other.length);
  const kept = new Set<string>();
  let left = room;
  for (const { name, length } of candidates) {
    if (length > left) continue;
    kept.add(name);
    left -= length;
  }
  const fitting = Object.create(null) as Record<string, FieldValue>;
  for (const [name, value] of Object.entries(headers)) if (kept.has(name)) fitting[name] = value;
  return fitting;
}

/**
 * Fills `bytesMax` in the order of worth: the URL, the params, the headers. The URL comes before the params because a
 * reader can have the params back from it (and from the body), not the other way round.
 */
function shortened(whole: WholeOptions, formOmitted: boolean, bytesMax: number): string {
  const omitted: OmittedPart[] = formOmitted ? ['form'] : [];
  const most: readonly OmittedPart[] = [...omitted, 'url', 'params', 'headers'];
  const bare = { ...whole, url: null, params: {}, headers: {}, truncated: true, omitted: most };
  let left = bytesMax - asciiJson(bare).length;

  const urlLength = asciiJson(whole.url).length;
  const url = urlLength <= left ? whole.url : null;
  if (url === null) omitted.push('url');
  else left -= urlLength;

  const paramsLength = asciiJson(whole.params).length;
  const params = paramsLength <= left ? whole.params : {};
  if (params === whole.params) left -= paramsLength;
  else omitted.push('params');

  const headers = headersWithin(whole.headers, left);
  if (Object.keys(headers).length < Object.keys(whole.headers).length) omitted.push('headers');
  return asciiJson({ ...whole, url, params, headers, truncated: true, omitted });
}

/**
 * The options as JSON in printable ASCII, at most `bytesMax` (512 or more) long.
 *
 * Where the whole is longer, `truncated` is true and `omitted` names the parts that are not whole. Headers make room for
 * the params, and both for the URL. Of the headers, each that still fits is kept, in this order: Content-Type and
 * User-Agent; signature-like ones and ids of events; what every client sends; unknown ones; the shorter first among
 * equals. No value is ever cut, and the params are all there or none is: half a URL or half of the fields would be
 * another call.
 */
export function optionsJson(whole: WholeOptions, formOmitted: boolean, bytesMax: number): string {
  const json = asciiJson(formOmitted ? { ...whole, truncated: true, omitted: ['form'] } : whole);
  return json.length <= bytesMax ? json : shortened(whole, formOmitted, bytesMax);
}
