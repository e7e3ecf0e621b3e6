// Spans over real sockets: what a tracing system and the bot host are told of a call and its attempts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SpanKind, trace } from '@opentelemetry/api';
import {
  createHookward,
  createTracer,
  systemClock,
  systemRandom,
  type Hookward,
} from '../../src/app/index.ts';
import { configSchema } from '../../src/config/index.ts';
import { answersOk, startBotHost, type BotHost } from '../support/botHost.ts';
import { registerFakeTelemetry, type FakeTelemetry } from '../support/fakeTelemetry.ts';
import { scratchDir, startServer, type ScratchDir } from '../support/process.ts';
import { answerHeader, sendRequest } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { arrivedTimes, soleHeader } from './support/arrivals.ts';

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

test('a server that is asked to trace, but has no SDK, says so in one line and serves', async (t) => {
  const dir = scratchDir();
  const botHost = await startBotHost();
  t.after(async () => {
    await botHost.close();
    dir.remove();
  });
  const server = await startServer({
    dir: dir.path,
    config: { botHosts: { main: { url: botHost.url } } },
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
  });
  try {
    const said = server.logLines().filter(({ event }) => event === 'tracing-off');
    assert.equal(said.length, 1);
    assert.equal(said[0]?.['level'], 'warn');
    assert.match(String(said[0]['msg']), /@opentelemetry\/sdk-node is not installed/);
    const answer = await sendRequest(server.publicUrl, { target: '/any', headers: callers, body: 'x' });
    assert.equal(answer.status, 200);
    assert.equal(soleHeader(botHost.ledger[0]!.arrived, 'traceparent'), callers[1]);
  } finally {
    await server.stop();
  }
});

describe('a server that traces', () => {
  let dir: ScratchDir;
  let botHost: BotHost;
  let hookward: Hookward;
  let telemetry: FakeTelemetry;

  before(async () => {
    dir = scratchDir();
    botHost = await startBotHost();
    telemetry = registerFakeTelemetry();
    const config = configSchema.parse({
      listen: { port: 0 },
      admin: { port: 0 },
      log: { dir: `${dir.path}/log` },
      botHosts: { main: { url: botHost.url } },
      routes: [{ name: 'hook', path: '/hook/*', retry, forwardTo: '/bot?key=the-token-of-the-bot' }],
      access: { perAddress: null },
    });
    hookward = createHookward({
      ...{ config, secrets: [], clock: systemClock, random: systemRandom, version: '1.2.3', pretty: false },
      sink: { write: () => undefined },
      tracer: createTracer('1.2.3'),
    });
    await hookward.start();
  });

  after(async () => {
    trace.disable();
    await hookward.stop(5_000);
    await botHost.close();
    dir.remove();
  });

  /** Sends, and gives the webhook's spans once `count` have ended. */
  async function spansOf(headers: readonly string[], count: number) {
    const request = { target: '/hook/7?token=the-token-of-the-caller', headers, body: 'x' };
    const id = answerHeader(await sendRequest(hookward.publicUrl(), request), 'hookward-id') ?? '';
    const spans = await waitFor(`${String(count)} spans of ${id}`, () => {
      const ended = telemetry.ended().filter(({ attributes }) => attributes['hookward.webhook.id'] === id);
      return ended.length >= count ? ended : null;
    });
    return { id, spans };
  }

  test('has a span of the call and one of the attempt, and the bot host is told of that one', async () => {
    botHost.behave(answersOk);
    const { id, spans } = await spansOf(callers, 2);
    const [call, attempt] = spans;
    assert.deepEqual([call?.kind, attempt?.kind], [SpanKind.SERVER, SpanKind.CLIENT]);
    assert.equal(call?.parent?.spanId, callersSpan);
    assert.equal(attempt?.parent?.spanId, call.context.spanId);
    const [arrived] = await arrivedTimes(botHost, id, 1);
    assert.ok(arrived);
    assert.equal(soleHeader(arrived, 'traceparent'), `00-${traceId}-${attempt.context.spanId}-01`);
    assert.equal(soleHeader(arrived, 'tracestate'), 'a=1,b=2,c=3');
    assert.deepEqual(
      [call.attributes['url.path'], call.attributes['http.response.status_code']],
      ['/hook/7', 200],
    );
  });

  test('has a span of each retry, a child of what the caller said', async () => {
    let tries = 0;
    botHost.behave(() => ({ status: (tries += 1) === 1 ? 503 : 200 }));
    const { id, spans } = await spansOf(callers, 3);
    const [call, first, second] = spans;
    assert.equal(first?.parent?.spanId, call?.context.spanId);
    assert.equal(second?.parent?.spanId, callersSpan);
    assert.deepEqual(
      (await arrivedTimes(botHost, id, 2)).map((arrived) => soleHeader(arrived, 'traceparent')),
      [first, second].map((span) => `00-${traceId}-${span?.context.spanId ?? ''}-01`),
    );
  });

  test('begins a trace where the caller names none, and tells no token, query or target', async () => {
    botHost.behave(answersOk);
    const { spans } = await spansOf([], 2);
    assert.equal(spans[0]?.parent, null);
    assert.equal(spans[1]?.context.traceId, spans[0].context.traceId);
    const told = JSON.stringify(telemetry.ended());
    for (const secret of ['the-token', 'token=', 'key=', '/bot']) assert.ok(!told.includes(secret), secret);
  });
});
