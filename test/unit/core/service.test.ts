import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '../../../src/core/service.ts';
import { startInOrder, stopInReverse } from '../../../src/core/service.ts';

/** A service that writes down what it is told; `fails` names what it rejects. */
function service(name: string, story: string[], fails?: 'start' | 'stop'): Service {
  const told = (what: 'start' | 'stop', detail: string) => {
    story.push(`${what} ${name}${detail}`);
    return fails === what ? Promise.reject(new Error(`${name} cannot ${what}`)) : Promise.resolve();
  };
  return { start: () => told('start', ''), stop: (deadlineMs) => told('stop', ` ${String(deadlineMs)}`) };
}

test('services start in order and stop in reverse', async () => {
  const story: string[] = [];
  const services = ['a', 'b', 'c'].map((name) => service(name, story));
  await startInOrder(services);
  await stopInReverse(services, 70);
  assert.deepEqual(story, ['start a', 'start b', 'start c', 'stop c 70', 'stop b 70', 'stop a 70']);
});

test('a start that fails undoes what had started, last first, and is thrown', async () => {
  const story: string[] = [];
  const services = [
    service('a', story),
    service('b', story),
    service('c', story, 'start'),
    service('d', story),
  ];
  await assert.rejects(startInOrder(services, 9), /c cannot start/);
  assert.deepEqual(story, ['start a', 'start b', 'start c', 'stop b 9', 'stop a 9']);
});

test('an undo that fails too does not hide why the start failed', async () => {
  const story: string[] = [];
  await assert.rejects(
    startInOrder([service('a', story, 'stop'), service('b', story, 'start')]),
    /b cannot start/,
  );
  assert.deepEqual(story, ['start a', 'start b', 'stop a 5000']);
});

test('a stop that fails does not keep the others from stopping, and the first failure is thrown', async () => {
  const story: string[] = [];
  const services = [service('a', story), service('b', story, 'stop'), service('c', story, 'stop')];
  await assert.rejects(stopInReverse(services, 1), /c cannot stop/);
  assert.deepEqual(story, ['stop c 1', 'stop b 1', 'stop a 1']);
});
