import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../src/app/logger.ts';
import { logCircuit } from '../../../src/app/observers.ts';

test('a circuit that opens is a warning in the process log, its other states are not', () => {
  const lines: string[] = [];
  const sink = { write: (line: string) => void lines.push(line) };
  const { logger } = createLogger({ level: 'info', pretty: false, secrets: [], sink });
  logCircuit(logger, { botHost: 'main', state: 'open' });
  logCircuit(logger, { botHost: 'main', state: 'closed' });
  const told = lines.map((line) => JSON.parse(line) as { level: string; botHost: string; state: string });
  assert.deepEqual(
    told.map(({ level, botHost, state }) => [level, botHost, state]),
    [
      ['warn', 'main', 'open'],
      ['info', 'main', 'closed'],
    ],
  );
});
