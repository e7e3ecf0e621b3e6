// Ingress lets a copy's caller join before it reads the log: between the two no outcome may slip through.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WebhookId } from '../../../src/core/ids.ts';
import { harness, turn } from './harness.ts';

/** A promise that the test resolves. */
function gate() {
  let open: () => void = () => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}

const started = async () => {
  const opened = harness();
  await opened.delivery.start();
  return opened;
};

describe('a caller that joins first and reads the log then', () => {
  /** What a copy of `id` hears that comes now. */
  const copyOf = async ({ log, join }: Awaited<ReturnType<typeof started>>, id: WebhookId) => {
    const { caller } = join(id);
    const record = await log.get({ id });
    return { caller, read: record?.standing.state };
  };

  test('is told the outcome, where the log has yet to write it, though the answer is known', async () => {
    const opened = await started();
    const { id, caller } = await opened.arrive();
    const write = gate();
    opened.log.gates.before = write.passed;
    opened.forwarder.received[0]?.answer(200, [], 'hello');
    await turn();
    assert.equal(caller.told, 'end');
    const copy = await copyOf(opened, id);
    assert.deepEqual([copy.read, copy.caller.calls], ['pending', 0]);
    write.open();
    await turn();
    assert.deepEqual([copy.caller.body, copy.caller.told], ['hello', 'end']);
  });

  test('finds it, and is told it, where the log has written it and not yet said so', async () => {
    const opened = await started();
    const { id } = await opened.arrive();
    const written = gate();
    opened.log.gates.after = written.passed;
    opened.forwarder.received[0]?.answer(200);
    await turn();
    const copy = await copyOf(opened, id);
    assert.deepEqual([copy.read, copy.caller.calls], ['delivered', 0]);
    written.open();
    await turn();
    assert.equal(copy.caller.told, 'end');
  });

  test('finds it, where it was written before', async () => {
    const opened = await started();
    const { id } = await opened.arrive();
    opened.forwarder.received[0]?.answer(200);
    await turn();
    const copy = await copyOf(opened, id);
    assert.deepEqual([copy.read, copy.caller.calls], ['delivered', 0]);
  });
});
