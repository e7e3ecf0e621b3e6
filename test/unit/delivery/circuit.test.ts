import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { CircuitSettings } from '../../../src/delivery/index.ts';
import { Circuit } from '../../../src/delivery/circuit.ts';
import { manualClock } from '../../support/manualClock.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const settings: CircuitSettings = { failures: 3, statuses: [502, 504], openFor: 2_000, openMax: 30_000 };

function open({ concurrency = 8, fraction = 0 } = {}) {
  const clock = manualClock();
  const states: string[] = [];
  const circuit = new Circuit({
    clock,
    random: { ...seededRandom(1), fraction: () => fraction },
    settings,
    concurrency,
    onChange: (state) => void states.push(state),
  });
  const record = (...verdicts: ('alive' | 'failing' | 'unknown')[]) => {
    for (const verdict of verdicts) circuit.record(circuit.generation, verdict);
  };
  return { clock, circuit, states, record };
}

/** Opened, and its probe taken. */
function halfOpen(options = {}) {
  const made = open(options);
  made.record('failing', 'failing', 'failing');
  made.clock.advance(2_000);
  assert.equal(made.circuit.takeProbe(), true);
  return made;
}

describe('circuit', () => {
  test('opens after as many failures in a row as it is set to, and not before', () => {
    const { circuit, record } = open();
    record('failing', 'failing');
    assert.equal(circuit.state, 'closed');
    record('failing');
    assert.equal(circuit.state, 'open');
    assert.equal(circuit.admits, false);
  });

  test('an answer in between starts the count anew, our own bugs and shutdowns do not count', () => {
    const { circuit, record } = open();
    record('failing', 'failing', 'alive', 'failing', 'unknown', 'failing', 'unknown');
    assert.equal(circuit.state, 'closed');
    record('failing');
    assert.equal(circuit.state, 'open');
  });

  test('lets exactly one probe pass, and only when its time has come', () => {
    const { circuit, clock, record } = open();
    record('failing', 'failing', 'failing');
    assert.equal(circuit.probeInMs, 2_000);
    clock.advance(1_999);
    assert.equal(circuit.takeProbe(), false);
    clock.advance(1);
    assert.equal(circuit.takeProbe(), true);
    assert.equal(circuit.takeProbe(), false);
    assert.equal(circuit.state, 'half-open');
    assert.equal(circuit.allowed, 1);
  });

  test('a failed probe doubles the wait, up to its maximum', () => {
    const { circuit, clock, record } = halfOpen();
    const waits: number[] = [];
    for (let probe = 0; probe < 6; probe += 1) {
      record('failing');
      waits.push(circuit.probeInMs);
      clock.advance(circuit.probeInMs);
      circuit.takeProbe();
    }
    assert.deepEqual(waits, [4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('the wait is jittered downwards by at most a fifth', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 0.999_999, noNaN: true }), (fraction) => {
        const { circuit, record } = open({ fraction });
        record('failing', 'failing', 'failing');
        assert.ok(circuit.probeInMs > 1_600 && circuit.probeInMs <= 2_000);
      }),
    );
  });

  test('a probe that told nothing leaves the way for the next at once', () => {
    const { circuit, record } = halfOpen();
    record('unknown');
    assert.equal(circuit.state, 'open');
    assert.equal(circuit.takeProbe(), true);
  });

  test('a good probe ramps up: every round of successes doubles what is allowed, until it is closed', () => {
    const { circuit, record, states } = halfOpen();
    const rounds = [circuit.allowed];
    while (circuit.state !== 'closed') {
      for (let one = circuit.allowed; one > 0; one -= 1) record('alive');
      rounds.push(circuit.allowed);
    }
    assert.deepEqual(rounds, [1, 2, 4, 8]);
    assert.deepEqual(states, ['open', 'half-open', 'ramping', 'closed']);
  });

  test('a host that takes one at a time is closed by one good probe', () => {
    const { circuit, record } = halfOpen({ concurrency: 1 });
    record('alive');
    assert.equal(circuit.state, 'closed');
  });

  test('a failure while it ramps up halves what is allowed, three in a row open it again for longer', () => {
    const { circuit, record } = halfOpen();
    record('alive', 'alive', 'alive');
    assert.equal(circuit.allowed, 4);
    record('failing');
    assert.equal(circuit.allowed, 2);
    record('alive', 'failing', 'failing');
    assert.equal(circuit.state, 'ramping');
    record('failing');
    assert.equal(circuit.state, 'open');
    assert.equal(circuit.probeInMs, 4_000);
  });

  test('once closed, it opens for the short time again', () => {
    const { circuit, record } = halfOpen({ concurrency: 2 });
    record('failing');
    assert.equal(circuit.probeInMs, 4_000);
    const other = halfOpen({ concurrency: 2 });
    other.record('alive', 'failing', 'failing', 'failing');
    assert.equal(other.circuit.probeInMs, 2_000);
  });

  test('an attempt that began before it opened has no say', () => {
    const { circuit, clock, record } = open();
    const before = circuit.generation;
    record('failing', 'failing', 'failing');
    clock.advance(2_000);
    circuit.takeProbe();
    circuit.record(before, 'alive');
    circuit.record(before, 'failing');
    circuit.record(before, 'unknown');
    assert.equal(circuit.state, 'half-open');
  });

  test('a reload changes the settings and keeps the state', () => {
    const { circuit, record } = open();
    record('failing', 'failing');
    circuit.update({ ...settings, failures: 5, openFor: 500, openMax: 1_000 }, 16);
    assert.equal(circuit.allowed, 16);
    record('failing');
    assert.equal(circuit.state, 'closed');
    record('failing', 'failing');
    assert.equal(circuit.state, 'open');
    assert.equal(circuit.probeInMs, 500);
  });
});
