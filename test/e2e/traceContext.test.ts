// W3C trace context over real sockets, where nothing is traced: handed on untouched, and logged where it is sound.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { answersOk } from '../support/botHost.ts';
import { answerHeader, sendRequest } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { arrivedTimes, sendersHeaders } from './support/arrivals.ts';
import { openStage, type Stage } from './support/stage.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const callersSpan = '00f067aa0ba902b7';
const callers = [
  'TraceParent',
  `00-${traceId}-${callersSpan}-01`,
  'tracestate',
  'a=1 , b=2',
  'TraceState',
  'c=3',
];
const retry = { firstDelay: '20ms', maxDelay: '20ms' };

describe('a server that does not trace', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      routes: [{ name: 'hook', path: '/hook', retry }],
      access: { perAddress: null },
    }));
  });
  after(() => stage.close());
  beforeEach(() => stage.botHost.behave(answersOk));

  async function send(headers: readonly string[]): Promise<string> {
    const answer = await sendRequest(stage.server.publicUrl, { target: '/hook', headers, body: 'x' });
    return answerHeader(answer, 'hookward-id') ?? '';
  }

  /** The lines of the process log about a webhook, once there are `count`. */
  const linesOf = (id: string, count: number) =>
    waitFor(`${String(count)} lines about ${id}`, () => {
      const lines = stage.server
        .logLines()
        .filter((line) => line['event'] === 'webhook' && line['id'] === id);
      return lines.length >= count ? lines : null;
    });

  for (const [what, headers] of [
    ['a sound one', callers],
    ['a malformed one', ['traceparent', `00-${traceId}-01`, 'tracestate', '=,=']],
    ['two of them', [...callers, ...callers]],
    ['a tracestate alone', ['tracestate', 'a=1']],
  ] as const) {
    test(`hands on the caller's context untouched: ${what}`, async () => {
      const id = await send(headers);
      const [arrived] = await arrivedTimes(stage.botHost, id, 1);
      assert.ok(arrived);
      assert.deepEqual(sendersHeaders(arrived), headers);
    });
  }

  test('logs the trace of its caller with the first try, the retry and the replay', async () => {
    let tries = 0;
    stage.botHost.behave(() => ({ status: (tries += 1) === 1 ? 503 : 200 }));
    const id = await send(callers);
    await linesOf(id, 2);
    await stage.settled(id, 'delivered');
    await stage.cli('replay', id, '--reason', 'a test', '--yes');
    const lines = await linesOf(id, 3);
    assert.deepEqual(
      lines.map(({ attempt, status, state, lane, replay, traceId: logged }) => [
        ...[attempt, status, state, lane, replay, logged],
      ]),
      [
        [1, 503, 'pending', 'live', 0, traceId],
        [2, 200, 'delivered', 'retry', 0, traceId],
        [3, 200, 'delivered', 'replay', 1, traceId],
      ],
    );
  });

  test('logs no trace where the caller’s breaks the rules', async () => {
    const [line] = await linesOf(await send(['traceparent', `00-${'0'.repeat(32)}-${callersSpan}-01`]), 1);
    assert.equal(line?.['traceId'], null);
  });
});
