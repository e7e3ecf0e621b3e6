// Both sides try again: a sender that resends on every answer but 2xx and on its own timeout, and Hookward, before a bot
// host that fails half of the time. Bot host and Hookward are killed twice each meanwhile. However often an event was
// sent, the bot must see it, and always as one and the same webhook.
// HOOKWARD_TEST_SEED repeats the choices; the moment of a kill is the machine's.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import Stripe from 'stripe';
import type { ConfigInput } from '../../src/config/index.ts';
import type { Random } from '../../src/core/random.ts';
import { startBotHost, type BotBehaviour, type BotHost } from '../support/botHost.ts';
import { scratchDir, startServer } from '../support/process.ts';
import { seededRandom } from '../support/seededRandom.ts';
import { NoAnswerError, sendRequest } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { drained } from './settled.ts';

const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 1);
const senders = 24;
/** The sender's own patience with one call. */
const senderTimeoutMs = 700;
const secret = 'whsec_two_sided_retry';
const stripe = new Stripe('sk_test_unused');

/** Throws, breaks off, is too slow for the sender, refuses for good; half of the time it is well. */
function halfFailing(random: Random): BotBehaviour {
  return () => {
    const chance = random.fraction();
    if (chance < 0.2) return { status: 503, body: 'the command threw' };
    if (chance < 0.3) return 'reset';
    if (chance < 0.4) return { delayMs: 900, body: 'late' };
    if (chance < 0.5) return { status: 422, body: 'refused' };
    return { delayMs: Math.floor(30 * random.fraction()), body: '{"answer":"ok"}' };
  };
}

/** Two routes: one whose callers wait for the bot, one that is acknowledged at once. */
function config(botHostUrl: string, more: { readonly dedupe?: 'off' }): ConfigInput {
  const shared = {
    sender: 'stripe' as const,
    secrets: [secret],
    retry: { attempts: 100, firstDelay: '100ms', maxDelay: '500ms' },
    ...more,
  };
  return {
    botHosts: { main: { url: botHostUrl, circuit: { openFor: '100ms', openMax: '300ms' } } },
    access: { perAddress: null },
    routes: [
      {
        ...shared,
        name: 'wait',
        path: '/wait',
        answer: { mode: 'wait', for: '400ms', whenQueued: 'unavailable' },
      },
      { ...shared, name: 'ack', path: '/ack', answer: { mode: 'ack' } },
    ],
  };
}

const eventName = (number: number) => `evt_${String(number).padStart(6, '0')}`;

/** One call for one event, signed anew as Stripe does; whether it was answered with 2xx. */
async function call(url: string, number: number): Promise<boolean> {
  const payload = JSON.stringify({ id: eventName(number), object: 'event', type: 'charge.succeeded' });
  const signature = stripe.webhooks.generateTestHeaderString({ payload, secret });
  const request = {
    target: number % 3 === 0 ? '/ack' : '/wait',
    headers: ['Content-Type', 'application/json', 'Stripe-Signature', signature],
    body: payload,
  };
  try {
    const answer = await sendRequest(url, request, senderTimeoutMs);
    assert.notEqual(answer.status, 401, 'a right signature is taken');
    return answer.status >= 200 && answer.status < 300;
  } catch (error) {
    if (error instanceof NoAnswerError) return false;
    throw error;
  }
}

interface Sending {
  readonly calls: () => number;
  readonly acknowledged: () => number;
  readonly ended: Promise<unknown>;
}

/** Sends every event until it is acknowledged; every seventh in two copies at the same moment, as some senders do. */
function startSending(events: number, url: () => string | null): Sending {
  let next = 0;
  let calls = 0;
  let acknowledged = 0;
  const deliver = async (number: number): Promise<void> => {
    for (;;) {
      const at = await waitFor('somebody to send to', url, 60_000);
      const copies = number % 7 === 0 ? 2 : 1;
      calls += copies;
      const taken = await Promise.all(Array.from({ length: copies }, () => call(at, number)));
      if (taken.includes(true)) break;
      // Its own pause before it sends again; the next copy of an event then meets whatever became of the last.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    acknowledged += 1;
  };
  const work = async () => {
    while (next < events) await deliver(next++);
  };
  const ended = Promise.all(Array.from({ length: senders }, work));
  return { calls: () => calls, acknowledged: () => acknowledged, ended };
}

/** The webhook ids under which the bot host saw each event. */
function idsByEvent({ ledger }: BotHost): ReadonlyMap<string, ReadonlySet<string | null>> {
  const seen = new Map<string, Set<string | null>>();
  for (const { arrived } of ledger) {
    const { id } = JSON.parse(arrived.body.toString()) as { readonly id: string };
    const ids = seen.get(id) ?? new Set();
    seen.set(id, ids.add(arrived.id));
  }
  return seen;
}

/** What a drill came to. */
interface Seen {
  readonly events: number;
  /** Events that the bot host saw as more than one webhook. */
  readonly several: readonly string[];
  readonly calls: number;
  readonly arrivals: number;
}

/** Sends `events` events while Hookward and the bot host are killed by turns, `kills` times each. */
async function drill(events: number, kills: number, more: { readonly dedupe?: 'off' }): Promise<Seen> {
  const scratch = scratchDir('hookward-two-sided-');
  const bot = await startBotHost(halfFailing(seededRandom(seed)));
  const params = { dir: scratch.path, config: config(bot.url, more) };
  let server = await startServer(params);
  let url: string | null = server.publicUrl;
  const sending = startSending(events, () => url);
  const reached = (share: number) =>
    waitFor(
      `${share} of the events to be acknowledged`,
      () => sending.acknowledged() >= events * share,
      60_000,
    );
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      await reached((kill - 0.5) / (kills + 1));
      url = null;
      await server.kill();
      server = await startServer(params);
      url = server.publicUrl;
      await reached(kill / (kills + 1));
      await bot.away();
      const before = sending.calls();
      await waitFor('calls while the bot host is away', () => sending.calls() > before + senders, 60_000);
      await bot.back();
    }
    await sending.ended;
    await drained(server.adminUrl, 60_000);
    const seen = idsByEvent(bot);
    const several = [...seen].filter(([, ids]) => ids.size !== 1).map(([event]) => event);
    return { events: seen.size, several, calls: sending.calls(), arrivals: bot.ledger.length };
  } finally {
    url = null;
    await server.kill();
    await bot.close();
    scratch.remove();
  }
}

describe('two-sided retry', () => {
  test('shows the bot every event at least once, and as exactly one webhook', async (t) => {
    const events = 240;
    const seen = await drill(events, 2, {});
    t.diagnostic(
      `seed ${seed}: ${events} events in ${seen.calls} calls, ${seen.arrivals} arrivals, ` +
        `${seen.events} events seen, ${seen.several.length} of them under several ids`,
    );
    assert.equal(seen.events, events, 'the bot saw every event');
    assert.deepEqual(seen.several, []);
    assert.ok(seen.calls > events * 1.2, 'the sender had to send again');
    assert.ok(seen.arrivals > events * 1.2, 'Hookward had to try again');
  });

  test('would show them as several where copies are not looked for', async () => {
    const seen = await drill(60, 1, { dedupe: 'off' });
    assert.equal(seen.events, 60);
    assert.ok(seen.several.length > 0, 'the drill finds what it looks for');
  });
});
