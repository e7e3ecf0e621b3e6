// What an SRE scrapes: every series there from the start, and exact values after traffic that is known.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { catalogue, type MetricDeclaration } from '../../src/metrics/index.ts';
import { failureCauses } from '../../src/core/attempt.ts';
import { refusalCodes } from '../../src/core/errors.ts';
import { senderProblems } from '../../src/core/senders.ts';
import { deadReasons, webhookStates } from '../../src/core/state.ts';
import { answersOk, type BotAnswer } from '../support/botHost.ts';
import { answerHeader, sendRaw, sendRequest, type RawAnswer } from '../support/sender.ts';
import { openStage, type MetricsPage, type Stage } from './support/stage.ts';

const declarations = Object.entries(catalogue as Readonly<Record<string, MetricDeclaration>>);
const later: BotAnswer = { status: 503, headers: ['Retry-After', '600'] };

describe('the numbers', () => {
  let stage: Stage;

  before(async () => {
    const retry = { attempts: 2, firstDelay: '20ms', maxDelay: '20ms' };
    stage = await openStage((url) => ({
      botHosts: { main: { url }, spare: { url } },
      routes: [
        { name: 'hook', path: '/hook', bodyBytesMax: '100B', retry },
        { name: 'ack', path: '/ack', answer: { mode: 'ack' }, retry },
        { name: 'old', path: '/old', retry: { ...retry, maxAge: '1s' } },
        { name: 'linked', path: '/linked/:bot', link: 'hookward', botHost: 'spare' },
      ],
      links: { keys: [{ id: 'k1', secret: 'a secret for the links of this test' }] },
      access: { perAddress: null },
    }));
  });

  after(() => stage.close());

  beforeEach(() => stage.botHost.behave(answersOk));

  describe('right after the start', () => {
    let page: MetricsPage;

    before(async () => {
      page = await stage.metrics();
    });

    for (const [name, { type }] of declarations) {
      test(`${name} is there${type === 'gauge' ? '' : ', at 0'}`, () => {
        const series = type === 'histogram' ? `${name}_count` : name;
        const found = [...page.series].filter(([key]) => key === series || key.startsWith(`${series}{`));
        assert.ok(found.length > 0, `no series of ${name}`);
        // The log has been written to at the start: the commits that opened it are counted.
        const isAt0 = found.every(([, value]) => value === 0);
        if (type !== 'gauge' && !name.startsWith('hookward_log_commit_'))
          assert.ok(isAt0, JSON.stringify(found));
        else assert.ok(found.every(([, value]) => Number.isFinite(value)));
      });
    }

    const labelled: Readonly<Record<string, readonly string[]>> = {
      'hookward_refused_total{reason="?"}': refusalCodes,
      'hookward_received_total{route="?"}': ['hook', 'ack', 'old', 'linked'],
      'hookward_dead_total{route="hook",reason="?"}': deadReasons,
      'hookward_answers_total{route="hook",kind="?"}': [
        'bot',
        'queued',
        'acknowledged',
        'unreachable',
        'none',
      ],
      'hookward_attempts_total{bot_host="spare",outcome="?"}': [
        ...['2xx', '3xx', '4xx', '5xx'],
        ...failureCauses,
      ],
      'hookward_webhooks{state="?"}': webhookStates,
      'hookward_pending{route="?"}': ['hook', 'ack', 'old', 'linked'],
      'hookward_circuit_state{bot_host="?"}': ['main', 'spare'],
      'hookward_bot_host_waiting{bot_host="main",lane="?"}': ['live', 'retry', 'replay'],
      'hookward_deferred_total{reason="?"}': [
        'circuit-open',
        'lane-full',
        'behind-its-key',
        'shutdown',
        'no-bot-host',
      ],
      'hookward_config_reloads_total{result="?"}': ['applied', 'refused'],
      'hookward_logins_total{result="?"}': ['opened', 'wrong', 'limited'],
      'hookward_replays_total{trigger="?"}': ['api', 'sender'],
      'hookward_unverified_total{route="hook",reason="?"}': senderProblems,
      'hookward_duplicates_total{route="hook",outcome="?"}': ['joined', 'answered', 'restarted', 'cancelled'],
      'hookward_handshakes_total{route="?"}': ['hook', 'ack', 'old', 'linked'],
      'hookward_log_mode{mode="?"}': ['full', 'failing', 'closed'],
    };
    for (const [series, values] of Object.entries(labelled)) {
      test(`${series} is there for ${values.join(', ')}`, () => {
        for (const value of values) assert.equal(page.value(series.replace('?', value)), 0);
      });
    }
  });

  test('after known traffic every counter has the exact value', async () => {
    const scripts = new Map<string, BotAnswer[]>();
    stage.botHost.behave(({ body }) => scripts.get(body.toString())?.shift() ?? { status: 200 });
    const sent: RawAnswer[] = [];
    /** Sends a webhook whose body names the answers that it will get. */
    async function send(path: string, body: string, ...answers: BotAnswer[]): Promise<string> {
      scripts.set(body, answers);
      const answer = await sendRequest(stage.server.publicUrl, { target: path, body });
      sent.push(answer);
      return answerHeader(answer, 'hookward-id') ?? '';
    }
    const deliveredId = await send('/hook', 'one');
    await send('/hook', 'two', { status: 302 });
    await send('/hook', 'third-time', { status: 503 });
    await send('/hook', 'lost-once', 'reset');
    await send('/hook', 'refused', { status: 422 });
    await send('/hook', 'exhausted', { status: 503 }, 'reset');
    await send('/old', 'expired', later);
    await send('/ack', 'acknowledged');
    const pendingId = await send('/hook', 'cancelled', later);
    await send('/hook', 'queued', later);
    assert.deepEqual(
      sent.map(({ status }) => status),
      [200, 302, 200, 200, 422, 502, 503, 200, 202, 202],
    );
    for (const state of ['not taken', 'nor counted as received']) {
      await sendRequest(stage.server.publicUrl, { target: '/nowhere', body: state });
    }
    await sendRequest(stage.server.publicUrl, { method: 'DELETE', target: '/hook' });
    await sendRequest(stage.server.publicUrl, { target: '/hook', body: 'x'.repeat(101) });
    await sendRequest(stage.server.publicUrl, { target: '/linked/7', body: 'x' });
    await sendRaw(stage.server.publicUrl, Buffer.from('POST /hook HTTP/9.9\r\n\r\n'));
    await stage.settled(deliveredId, 'delivered');
    await stage.cli('replay', deliveredId, '--yes');
    await stage.settled(deliveredId, 'delivered');
    await stage.cli('cancel', pendingId, '--yes');
    await stage.settled(pendingId, 'cancelled');

    const page = await stage.metrics();
    assert.deepEqual(page.above0('hookward_received_total'), {
      'hookward_received_total{route="hook"}': 8,
      'hookward_received_total{route="ack"}': 1,
      'hookward_received_total{route="old"}': 1,
    });
    assert.equal(
      page.value('hookward_received_bytes_total{route="hook"}'),
      'onetwothird-timelost-oncerefusedexhaustedcancelledqueued'.length,
    );
    assert.deepEqual(page.above0('hookward_refused_total'), {
      'hookward_refused_total{reason="no-route"}': 2,
      'hookward_refused_total{reason="method-not-allowed"}': 1,
      'hookward_refused_total{reason="body-too-large"}': 1,
      'hookward_refused_total{reason="link-token-missing"}': 1,
      'hookward_refused_total{reason="malformed-request"}': 1,
    });
    assert.deepEqual(page.above0('hookward_attempts_total'), {
      'hookward_attempts_total{bot_host="main",outcome="2xx"}': 5,
      'hookward_attempts_total{bot_host="main",outcome="3xx"}': 1,
      'hookward_attempts_total{bot_host="main",outcome="4xx"}': 1,
      'hookward_attempts_total{bot_host="main",outcome="5xx"}': 5,
      'hookward_attempts_total{bot_host="main",outcome="connection-lost"}': 2,
    });
    assert.deepEqual(page.above0('hookward_retries_total'), { 'hookward_retries_total{route="hook"}': 3 });
    assert.deepEqual(page.above0('hookward_delivered_total'), {
      'hookward_delivered_total{route="hook"}': 5,
      'hookward_delivered_total{route="ack"}': 1,
    });
    assert.deepEqual(page.above0('hookward_dead_total'), {
      'hookward_dead_total{route="hook",reason="refused"}': 1,
      'hookward_dead_total{route="hook",reason="exhausted"}': 1,
      'hookward_dead_total{route="old",reason="expired"}': 1,
    });
    assert.deepEqual(page.above0('hookward_replays_total'), { 'hookward_replays_total{trigger="api"}': 1 });
    assert.equal(page.value('hookward_cancelled_total'), 1);
    assert.deepEqual(page.above0('hookward_answers_total'), {
      'hookward_answers_total{route="hook",kind="bot"}': 5,
      'hookward_answers_total{route="hook",kind="queued"}': 2,
      'hookward_answers_total{route="hook",kind="unreachable"}': 1,
      'hookward_answers_total{route="old",kind="bot"}': 1,
      'hookward_answers_total{route="ack",kind="acknowledged"}': 1,
    });
    assert.deepEqual(page.above0('hookward_webhooks'), {
      'hookward_webhooks{state="delivered"}': 5,
      'hookward_webhooks{state="dead"}': 3,
      'hookward_webhooks{state="cancelled"}': 1,
      'hookward_webhooks{state="pending"}': 1,
    });
    assert.deepEqual(page.above0('hookward_pending'), { 'hookward_pending{route="hook"}': 1 });
    assert.equal(page.value('hookward_attempt_seconds_count{bot_host="main"}'), 14);
    assert.equal(page.value('hookward_answer_wait_seconds_count{route="hook"}'), 8);
    assert.equal(page.value('hookward_log_commit_webhooks_sum'), 10);
    for (const idle of ['hookward_in_flight', 'hookward_callers_waiting', 'hookward_oldest_past_due_seconds'])
      assert.equal(page.value(idle), 0, idle);
  });
});
