// Attack 5: bodies that are made to be parsed. They pass byte for byte, and nothing here spends more than 50 ms on one at
// a stretch, with everything switched on that reads bodies: senders that sign JSON and forms, keys of events, order.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { ConfigInput } from '../../src/config/index.ts';
import type { SenderName } from '../../src/core/senders.ts';
import { senderNames } from '../../src/core/senders.ts';
import { KeySource, prepareValue } from '../../src/ingress/requestKey.ts';
import { openStage, type Stage } from '../e2e/support/stage.ts';
import { arrivalsOf } from '../e2e/support/arrivals.ts';
import { answerHeader, sendRequest } from '../support/sender.ts';
import { signedCall, signers } from '../support/signing/index.ts';
import { callOf, verifierOf } from '../unit/senders/support.ts';
import { hostileBody, hostileBodyNames, type HostileBody } from './support/hostileBodies.ts';

const longestMs = 50;

/** A busy machine only ever adds to a time: the least of a few is what the work itself takes. */
const tries = 5;

/** The longest stretch that `work` took, at its best. */
function leastOf(work: () => unknown): number {
  let least = Infinity;
  for (let tried = 0; tried < tries && least > longestMs / 5; tried += 1) {
    const started = performance.now();
    work();
    least = Math.min(least, performance.now() - started);
  }
  return least;
}

/** The largest body that a route takes as shipped. */
const shippedBodyBytesMax = 1024 * 1024;

describe('a hostile body is read in less than 50 ms', () => {
  for (const what of hostileBodyNames) {
    test(`by every sender's check: ${what}`, () => {
      const { headers, body: whole } = hostileBody(what);
      const body = whole.subarray(0, shippedBodyBytesMax);
      for (const name of senderNames) {
        const { setup } = signers[name];
        const verify = verifierOf(name, setup);
        const call = signedCall(name);
        const hostile = callOf({ ...call, headers: [...call.headers, ...headers] }, { body });
        const took = leastOf(() => void verify(hostile));
        assert.ok(took < longestMs, `${name} took ${took.toFixed()} ms`);
      }
    });

    test(`by every kind of key: ${what}`, () => {
      const { headers, body } = hostileBody(what);
      for (const place of ['json:/id', 'json:/a/0', 'form:id', 'param:id', 'form:nothing']) {
        const read = prepareValue(place);
        const took = leastOf(() => read(new KeySource({ target: '/hook?x=1', headers, body }, 5)));
        assert.ok(took < longestMs, `${place} took ${took.toFixed()} ms`);
      }
    });
  }
});

/** Senders that read more of a body than its bytes. */
const readers: readonly SenderName[] = ['cryptomus', 'plisio', 'liqpay', 'paypal'];

function routeOf(sender: SenderName): NonNullable<ConfigInput['routes']>[number] {
  const { secrets, settings } = signers[sender].setup;
  return {
    name: sender,
    path: `/${sender}`,
    sender,
    secrets: [...secrets],
    verify: 'report',
    answer: { mode: 'wait' },
    ...(settings === undefined ? {} : { senderSettings: settings as never }),
  };
}

const keyed: NonNullable<ConfigInput['routes']>[number] = {
  name: 'keyed',
  path: '/keyed',
  dedupe: { key: ['json:/id'] },
  order: { by: 'param:id' },
};

describe('a hostile body on its way through the server', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      routes: [{ name: 'plain', path: '/plain' }, keyed, ...readers.map(routeOf)],
      access: { perAddress: null },
      limits: { bodyBytesMax: '8MiB' },
    }));
  });

  after(() => stage.close());

  async function passes(path: string, { headers, body }: HostileBody): Promise<void> {
    const answer = await sendRequest(stage.server.publicUrl, { target: path, headers, body });
    assert.equal(answer.status, 200, `${path}: ${answer.body.toString()}`);
    const id = answerHeader(answer, 'hookward-id') ?? '';
    const [arrived] = arrivalsOf(stage.botHost, id);
    assert.ok(arrived !== undefined, `${path}: nothing arrived`);
    assert.ok(arrived.body.equals(body), `${path}: other bytes`);
    assert.ok(arrived.headers.join().includes(headers.join()), `${path}: other headers`);
  }

  /** What the server's main thread has worked so far, in milliseconds; the kernel counts it in nanoseconds. */
  function worked(): number {
    const { pid } = stage.server;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  }

  /** The longest delay of the server's timers since this was asked last, in milliseconds. */
  const delay = async () =>
    (await stage.metrics()).value('hookward_event_loop_delay_seconds{quantile="1"}') * 1000;

  /**
   * At most so long its event loop was held at a stretch while `call` was answered: no longer than its timers were late
   * (others on the machine may have had the processor), and no longer than it has worked in all.
   */
  async function held(call: () => Promise<void>): Promise<number> {
    await delay();
    const before = worked();
    await call();
    const work = worked() - before;
    return Math.min(work, await delay());
  }

  for (const what of hostileBodyNames) {
    test(`${what}: the bytes pass, and the loop is not held`, async () => {
      const hostile = hostileBody(what);
      for (const path of ['/plain', '/keyed', ...readers.map((name) => `/${name}`)]) {
        let least = Infinity;
        for (let tried = 0; tried < tries && least > longestMs; tried += 1)
          least = Math.min(least, await held(() => passes(path, hostile)));
        assert.ok(least < longestMs, `${path}: the loop was held for ${least.toFixed()} ms`);
      }
    });
  }
});
