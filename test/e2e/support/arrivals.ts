// What arrived at the bot host, told apart: the sender's part and Hookward's.
import assert from 'node:assert/strict';
import type { WebhookOptions } from '../../../src/signing/index.ts';
import { headerValue, headerValues } from '../../../src/core/headers.ts';
import type { Arrived, BotHost } from '../../support/botHost.ts';
import { waitFor } from '../../support/waitFor.ts';

/** Every arrival of one webhook so far, in order. */
export function arrivalsOf(botHost: BotHost, id: string): readonly Arrived[] {
  return botHost.ledger.map(({ arrived }) => arrived).filter((arrived) => arrived.id === id);
}

/** Waits until the bot host has seen a webhook `count` times; gives those arrivals. */
export function arrivedTimes(botHost: BotHost, id: string, count: number): Promise<readonly Arrived[]> {
  return waitFor(`${String(count)} arrivals of ${id}`, () => {
    const arrivals = arrivalsOf(botHost, id);
    return arrivals.length >= count ? arrivals : null;
  });
}

/** What stands behind the sender's own headers, in this order. A Content-Length follows. */
const added = [
  'Forwarded',
  'X-Forwarded-For',
  'X-Forwarded-Proto',
  'X-Forwarded-Host',
  'hookward-id',
  'hookward-timestamp',
  'hookward-options',
  'hookward-signature',
];

/**
 * The sender's headers as they arrived: all that stands between our Host and Connection and our own fields. Fails where
 * ours are not exactly those, once each.
 */
export function sendersHeaders({ headers }: Arrived): readonly string[] {
  const names = headers.filter((_, at) => at % 2 === 0);
  assert.deepEqual(names.slice(0, 2), ['host', 'connection']);
  const rest = names.slice(names.indexOf('Forwarded')).filter((name) => name !== 'content-length');
  assert.deepEqual(rest, added);
  assert.ok(headerValues(headers, 'content-length').length <= 1);
  return headers.slice(4, names.indexOf('Forwarded') * 2);
}

/** The value of a header that is there exactly once. */
export function soleHeader(arrived: Arrived, name: string): string {
  const values = headerValues(arrived.headers, name);
  assert.equal(values.length, 1, `${name} occurs ${String(values.length)} times`);
  return values[0] ?? '';
}

/** The options that came with an arrival. */
export function optionsOf(arrived: Arrived): WebhookOptions {
  return JSON.parse(headerValue(arrived.headers, 'hookward-options') ?? '') as WebhookOptions;
}
