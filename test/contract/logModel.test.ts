// Random stories, told to an engine and to the model side by side; after each step both must agree. A failure prints the
// seed and the shortest story that fails. HOOKWARD_TEST_SEED and HOOKWARD_TEST_RUNS hunt for more;
// HOOKWARD_TEST_PATH, with the seed, tells the story of a printed path again.
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { deadReasons, webhookStates } from '../../src/core/state.ts';
import type { Lane, Standing } from '../../src/core/state.ts';
import { answered, failed, tried } from '../support/logFixtures.ts';
import type { WebhookWish } from '../support/logFixtures.ts';
import { progressOf } from '../support/logModel.ts';
import type { ModelEntry } from '../support/logModel.ts';
import { Duo } from './duo.ts';
import { lanes } from './engine.ts';
import { openLevel } from './levelEngine.ts';

const routes = ['a', 'b', 'ab'] as const;
const number = fc.nat({ max: 9999 });

/** One step: what is done, and four numbers from which it takes its choices. */
const step = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('append' as const) },
    { weight: 8, arbitrary: fc.constant('settle' as const) },
    { weight: 5, arbitrary: fc.constant('claim' as const) },
    { weight: 3, arbitrary: fc.constantFrom('replay' as const, 'cancel' as const) },
    { weight: 2, arbitrary: fc.constantFrom('wait' as const, 'leap' as const) },
    { weight: 1, arbitrary: fc.constantFrom('reopen' as const, 'crash' as const, 'retain' as const) },
  ),
  a: number,
  b: number,
  c: number,
  d: number,
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const pick = <T>(from: readonly T[], at: number): T => from[at % from.length] as T;

/** Webhooks of one dedupe key have one event id; one event id may have several keys, or none. */
const events = [
  { eventId: null, dedupeKey: null },
  { eventId: 'x', dedupeKey: null },
  { eventId: 'x', dedupeKey: 'e' },
  { eventId: 'x', dedupeKey: 'f' },
  { eventId: null, dedupeKey: 'g' },
] as const;

function wishes({ a, b, c }: Step): WebhookWish[] {
  return Array.from({ length: 1 + (a % 4) }, (_, at) => ({
    route: pick(routes, b + at),
    orderKey: pick([null, null, 'k', 'l'], c + at),
    ...pick(events, b + c + at),
    sender: pick([null, { sender: 'stripe', verdict: 'verified' }] as const, c),
    bot: pick([null, '1', '2'], a + at),
    user: pick([null, 'u'], b),
    request: { body: Buffer.alloc((a * 7) % 3000, at), ip: `192.0.2.${(b + at) % 256}` },
  }));
}

function standing({ b, c }: Step, now: number): Standing {
  const kind = pick(['delivered', 'delivered', 'dead', 'pending', 'pending'] as const, b);
  if (kind === 'delivered') return { state: 'delivered' };
  if (kind === 'dead') return { state: 'dead', reason: pick(deadReasons, c) };
  return { state: 'pending', dueAt: now + (c % 15_000), lane: pick<Lane>(lanes, b + c) };
}

function event(chosen: Step, now: number, entry: ModelEntry) {
  const then = standing(chosen, now);
  if (then.state === 'pending' && chosen.d % 3 === 0)
    return { type: 'deferred' as const, at: now, why: 'circuit-open' as const, then };
  if (then.state === 'dead' && chosen.d % 3 === 0) return { type: 'expired' as const, at: now, then };
  const { attempts, replay } = progressOf(entry);
  const outcomes = [answered(200), answered(503), failed('timeout'), failed('interrupted')];
  return tried({ then, at: now, number: attempts + 1, replay, outcome: pick(outcomes, chosen.d) });
}

async function perform(duo: Duo, chosen: Step): Promise<void> {
  const { kind, a, b, c } = chosen;
  duo.now += 1;
  switch (kind) {
    case 'append':
      return duo.append(wishes(chosen), pick([0, 3000, 20_000, 1e9], chosen.d));
    case 'claim':
      return duo.claim(pick(routes, a), pick(lanes, b), 1 + (c % 5));
    case 'settle':
      return duo.settle(a, (entry) => event(chosen, duo.now, entry));
    case 'replay':
      return duo.replay(duo.someIds(a, 1 + (b % 4)));
    case 'cancel':
      return duo.cancel(duo.someIds(a, 1 + (b % 2)));
    case 'wait':
      duo.now += a % 3000;
      return;
    case 'leap':
      duo.now += 5000 + (a % 20_000);
      return;
    case 'reopen':
      return duo.reopen();
    case 'crash':
      return duo.crash();
    case 'retain':
      return duo.retain(
        pick([['delivered'], ['dead', 'cancelled'], ['delivered', 'cancelled']] as const, a),
        1 + (b % 9),
      );
  }
}

function filterOf(duo: Duo, { a, b, c, d }: Step) {
  const some = duo.someIds(a, 1)[0] ?? '';
  return pick(
    [
      {},
      { state: pick(webhookStates, b) },
      { route: pick(routes, b) },
      { state: pick(webhookStates, b), route: pick(routes, c) },
      { deadReason: pick(deadReasons, b) },
      { since: duo.now - (b % 30_000), until: duo.now - (c % 10_000) },
      { bot: '1', user: 'u' },
      { eventId: 'x' },
      { eventId: 'x', route: pick(routes, b) },
      { text: '\u0001\u0001' },
      { status: pick([200, 503], b) },
      { idPrefix: some.slice(0, c % 37) },
    ],
    d,
  );
}

async function tell(story: readonly Step[]): Promise<void> {
  const engine = await openLevel();
  try {
    const duo = new Duo(engine);
    for (const chosen of story) {
      await perform(duo, chosen);
      const page = { limit: 4 + (chosen.c % 30), scanMax: pick([7, 40, 1000], chosen.b) };
      await duo.compare(filterOf(duo, chosen), page);
      await duo.compareRecord(chosen.d);
    }
    await duo.crash();
    await duo.compare({}, { limit: 100, scanMax: 1000 });
    await duo.bench.assertCountersExact();
  } finally {
    await engine.dispose();
  }
}

describe('the level engine and the model', () => {
  test('agree after every step of random stories', async () => {
    const seed = Number(process.env['HOOKWARD_TEST_SEED'] ?? 20_260_101);
    const numRuns = Number(process.env['HOOKWARD_TEST_RUNS'] ?? 25);
    const story = fc.array(step, { minLength: 20, maxLength: 80, size: 'max' });
    const path = process.env['HOOKWARD_TEST_PATH'];
    const again = path === undefined ? {} : { path, endOnFailure: true };
    await fc.assert(fc.asyncProperty(story, tell), {
      seed,
      numRuns,
      ...again,
      interruptAfterTimeLimit: 60_000 + 5_000 * numRuns,
      markInterruptAsFailure: true,
    });
  });
});
