import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { relayKept, type AnswerHead, type AnswerWriter, type Caller } from '../../../src/core/answer.ts';
import type { Answered } from '../../../src/core/attempt.ts';

const kept: Answered = {
  kind: 'answered',
  status: 418,
  headers: ['X-A', '1', 'x-a', '2'],
  body: Buffer.from('kept'),
  bodyTruncated: false,
  complete: true,
};

/** A caller that writes down what it is told. */
function recordingCaller({ isGone = false } = {}) {
  const told: unknown[] = [];
  const writer: AnswerWriter = {
    write: (chunk) => told.push(Buffer.from(chunk).toString()) > 0,
    onDrain: (resume) => resume(),
    end: () => told.push('end'),
    abort: () => told.push('abort'),
  };
  const caller: Caller = {
    relay(head: AnswerHead) {
      told.push(head);
      return isGone ? null : writer;
    },
    giveUp: (why) => told.push(why),
  };
  return { caller, told };
}

describe('an answer that was kept', () => {
  const head = { status: 418, headers: kept.headers };

  test('is relayed whole', () => {
    const { caller, told } = recordingCaller();
    relayKept(caller, kept);
    assert.deepEqual(told, [head, 'kept', 'end']);
  });

  test('is relayed without a body where it had none', () => {
    const { caller, told } = recordingCaller();
    relayKept(caller, { ...kept, body: new Uint8Array(0) });
    assert.deepEqual(told, [head, 'end']);
  });

  test('goes nowhere where nobody waits', () => {
    const { caller, told } = recordingCaller({ isGone: true });
    relayKept(caller, kept);
    assert.deepEqual(told, [head]);
  });

  for (const part of [{ bodyTruncated: true }, { complete: false }]) {
    test(`is not relayed in part: ${JSON.stringify(part)}`, () => {
      const { caller, told } = recordingCaller();
      relayKept(caller, { ...kept, ...part });
      assert.deepEqual(told, ['delivered']);
    });
  }
});
