import assert from 'node:assert/strict';
import type { AnswerHead, AnswerWriter, Caller } from '../../../src/core/answer.ts';
import { waitFor } from '../../support/waitFor.ts';
import type { Harness } from './harness.ts';
import { request } from './rawClient.ts';

/** A small webhook. */
export const post = request('POST /hook', 'x');
/** A bot that does not answer by itself. */
export const held = { deliver: () => undefined };

/** Sends one webhook that nobody answers yet; gives its caller as delivery has it. */
export async function sendHeld(harness: Harness, bytes = post) {
  const client = await harness.open();
  client.write(bytes);
  const before = harness.delivered.length;
  await waitFor('delivery', () => harness.delivered.length > before);
  const { caller, webhook } = harness.delivered[before]!;
  assert.ok(caller);
  return { client, caller, webhook };
}

/** Begins to relay; the caller must still wait. */
export function relay(caller: Caller, head: AnswerHead): AnswerWriter {
  const writer = caller.relay(head);
  assert.ok(writer);
  return writer;
}
