import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLogger } from '../../../src/app/logger.ts';
import { logCircuit, logOutcome } from '../../../src/app/observers.ts';
import type { WebhookId } from '../../../src/core/ids.ts';
import type { TurnOutcome } from '../../../src/delivery/index.ts';

function logging(level: 'debug' | 'info' | 'warn') {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line) };
  const { logger } = createLogger({ level, pretty: false, secrets: [], sink });
  return { logger, told: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('a circuit that opens is a warning in the process log, its other states are not', () => {
  const { logger, told } = logging('info');
  logCircuit(logger, { botHost: 'main', state: 'open' });
  logCircuit(logger, { botHost: 'main', state: 'closed' });
  assert.deepEqual(
    told().map(({ level, botHost, state }) => [level, botHost, state]),
    [
      ['warn', 'main', 'open'],
      ['info', 'main', 'closed'],
    ],
  );
});

describe('the line of a webhook’s turn', () => {
  const outcome: TurnOutcome = {
    id: '01980000-0000-7000-8000-000000000001' as WebhookId,
    route: 'pay',
    botHost: 'main',
    state: 'delivered',
    turn: 'attempted',
    lane: 'live',
    replay: 0,
    attempt: 1,
    waitedMs: 2,
    durationMs: 30,
    status: 200,
    reason: null,
    ageMs: 33,
    bytes: 120,
    sender: { sender: 'stripe', verdict: 'verified' },
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  };

  test('has every fact, each under its own name', () => {
    const { logger, told } = logging('info');
    logOutcome(logger, outcome);
    const [{ time, ...line } = {}, ...more] = told();
    assert.equal(typeof time, 'string');
    assert.deepEqual(more, []);
    assert.deepEqual(line, {
      ...outcome,
      level: 'info',
      event: 'webhook',
      sender: 'stripe',
      verdict: 'verified',
      msg: 'delivered',
    });
  });

  test('has the same fields where a route names no sender', () => {
    const { logger, told } = logging('info');
    logOutcome(logger, { ...outcome, sender: null });
    const [{ sender, verdict } = {}] = told();
    assert.deepEqual([sender, verdict], [null, null]);
  });

  const cases: readonly [changes: Partial<TurnOutcome>, level: string, words: string][] = [
    [{}, 'info', 'delivered'],
    [{ state: 'pending', status: 503 }, 'info', 'to be tried again'],
    [{ state: 'dead', reason: 'refused', status: 400 }, 'warn', 'given up'],
    [{ state: 'dead', turn: 'expired', reason: 'expired' }, 'warn', 'given up'],
    [{ state: 'pending', turn: 'deferred', reason: 'circuit-open' }, 'debug', 'put off'],
  ];
  for (const [changes, level, words] of cases) {
    test(`is ${level} where it is ${words}${changes.turn === undefined ? '' : ` (${changes.turn})`}`, () => {
      const { logger, told } = logging('debug');
      logOutcome(logger, { ...outcome, ...changes });
      assert.deepEqual(
        told().map((line) => [line['level'], line['msg'], line['state']]),
        [[level, words, changes.state ?? 'delivered']],
      );
    });
  }

  test('is not written below the level that is asked for', () => {
    const { logger, told } = logging('warn');
    logOutcome(logger, outcome);
    assert.deepEqual(told(), []);
  });
});
