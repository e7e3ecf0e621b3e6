// The judge must find every fault that it is there for: each test plants one in a load that is otherwise faultless.
import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { RawAnswer } from '../support/senderAnswer.ts';
import type { SentLine } from '../support/senderLoad.ts';
import { judgeLoad } from './judge.ts';
import type { ArrivalLine, ArrivedFacts } from './judge.ts';

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

function answer(status: number, body = '', complete = true): RawAnswer {
  const empty = Buffer.alloc(0);
  return { status, reason: '', headers: [], body: Buffer.from(body), complete, interim: [], wire: empty };
}

function sentLine(number: number, outcome: SentLine['outcome'] = answer(200)): SentLine {
  const headers = ['X-Load', String(number), 'x-oDD', '1'];
  const bodySha256 = sha(`body ${number}`);
  return { number, method: 'POST', target: `/w?&n=${number}&`, headers, bodySha256, bodyBytes: 6, outcome };
}

function arrival(of: SentLine, change: Partial<ArrivedFacts> = {}): ArrivalLine {
  const { method, target, bodySha256, number } = of;
  const headers = ['Host', 'bot', ...of.headers, 'hookward-id', `id-${number}`];
  return { arrived: { method, target, headers, bodySha256, id: `id-${number}`, ...change }, answer: {} };
}

describe('the judge of a load', () => {
  const sent = [
    sentLine(0),
    sentLine(1, answer(202, '{"id":"id-1","state":"pending"}')),
    sentLine(2, 'none'),
  ];
  const [first, second, third] = sent as [SentLine, SentLine, SentLine];
  const all = sent.map((line) => arrival(line));

  test('finds nothing in a faultless load, and counts it', () => {
    const verdict = { sent: 3, promised: 2, arrived: 3, repeats: 0, missing: [], faults: [] };
    assert.deepEqual(judgeLoad(sent, all), verdict);
  });

  test('counts repeats that bear the same id, and finds no fault in them', () => {
    const verdict = judgeLoad(sent, [...all, arrival(first), arrival(first)]);
    assert.equal(verdict.repeats, 2);
    assert.deepEqual(verdict.faults, []);
  });

  test('misses what was promised and never came; not what was never promised', () => {
    assert.deepEqual(judgeLoad(sent, [arrival(first)]).missing, [1]);
    const unpromised = [sentLine(0, answer(503)), sentLine(1, answer(200, '', false)), sentLine(2, null)];
    assert.deepEqual(judgeLoad(unpromised, []).missing, []);
  });

  test('misses what only came to a bot host that failed', () => {
    for (const failed of ['reset', 'hang', null, { status: 503 }] as const) {
      const arrivals = [{ ...arrival(first), answer: failed }, arrival(second)];
      assert.deepEqual(judgeLoad(sent, arrivals).missing, [0]);
    }
  });

  for (const [fault, change] of Object.entries({
    'a torn body': { bodySha256: sha('body') },
    'a changed target': { target: '/w?&n=0&x' },
    'another method': { method: 'GET' },
    'a header gone': { headers: ['X-Load', '0'] },
    'a header in another case': { headers: ['X-Load', '0', 'x-odd', '1'] },
    'headers in another order': { headers: ['x-oDD', '1', 'X-Load', '0'] },
    'no id': { id: null },
    'the id of another': { id: 'id-1' },
    'a target that nobody sent': { target: '/w?&n=77&' },
    'a target without a number': { target: '/w' },
  })) {
    test(`finds ${fault}`, () => {
      const verdict = judgeLoad(sent, [arrival(second), arrival(third), arrival(first, change)]);
      assert.equal(verdict.faults.length, 1, verdict.faults.join());
    });
  }

  test('finds a repeat under another id', () => {
    assert.equal(judgeLoad(sent, [...all, arrival(first, { id: 'id-new' })]).faults.length, 1);
  });

  test('finds a 202 that named another id than the one that came', () => {
    const lying = [first, sentLine(1, answer(202, '{"id":"id-9"}')), third];
    assert.equal(judgeLoad(lying, all).faults.length, 1);
  });
});
