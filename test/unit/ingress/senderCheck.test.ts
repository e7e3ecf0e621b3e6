import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, test } from 'node:test';
import { HookwardError, refusals } from '../../../src/core/errors.ts';
import { senderProblems } from '../../../src/core/senders.ts';
import { createSender, type SenderCall, type Verified } from '../../../src/senders/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { waitFor } from '../../support/waitFor.ts';
import { appendedAs, route, settings, startIngress } from './harness.ts';
import { post } from './heldCaller.ts';
import { request } from './rawClient.ts';
import { fakeSender, type FakeSender } from './senders.ts';

const withSender = (fake: FakeSender = {}, rule: Parameters<typeof route>[0] = {}) => ({
  settings: settings({ routes: [route({ sender: fakeSender(fake), ...rule })] }),
});

describe("a sender's check", () => {
  test('sees the call as it came, the public URL and the time of its arrival', async (t) => {
    const calls: SenderCall[] = [];
    const verify = (call: SenderCall): Verified => {
      calls.push(call);
      return 'verified';
    };
    const clock = manualClock(1_750_000_000_000);
    const rules = settings({
      publicUrl: 'https://hooks.public.example',
      routes: [route({ sender: fakeSender({ verify }) })],
    });
    const harness = await startIngress(t, { settings: rules, clock });
    await (await harness.open()).write(request('POST /hook?&a=%20+\nX-Sig: s\nx-sig: t', 'b\xff')).answer();
    const [call] = calls;
    assert.equal(call?.method, 'POST');
    assert.equal(call.target, '/hook?&a=%20+');
    assert.equal(call.url, 'https://hooks.public.example/hook?&a=%20+');
    assert.equal(call.ip, '127.0.0.1');
    assert.equal(call.receivedAt, 1_750_000_000_000);
    assert.deepEqual(call.headers.slice(2, 6), ['X-Sig', 's', 'x-sig', 't']);
    assert.deepEqual(Buffer.from(call.body), Buffer.from('b\xff'));
    assert.deepEqual(harness.appended[0]?.sender, { sender: 'freekassa', verdict: 'verified' });
    assert.equal(harness.appended[0].receivedAt, 1_750_000_000_000);
    assert.deepEqual(harness.unverified, []);
  });

  test('without a public URL sees the one that the caller says', async (t) => {
    let url = '';
    const verify = (call: SenderCall): Verified => {
      url = call.url;
      return 'verified';
    };
    const harness = await startIngress(t, withSender({ verify }));
    await (await harness.open()).write(request('GET /hook?a=1')).answer();
    assert.equal(url, 'http://hooks.example/hook?a=1');
  });

  for (const problem of senderProblems) {
    for (const when of ['at once', 'later'] as const) {
      const verify = () => (when === 'at once' ? problem : Promise.resolve(problem));

      test(`${problem}, found ${when}: refused, counted, and nothing of it is kept`, async (t) => {
        const harness = await startIngress(t, withSender({ verify }));
        const answer = await (await harness.open()).write(post).answer();
        assert.equal(answer.code, problem);
        assert.equal(answer.status, refusals[problem].status);
        assert.equal(answer.header('www-authenticate'), answer.status === 401 ? 'Signature' : null);
        assert.equal(answer.header('retry-after'), answer.status === 503 ? '30' : null);
        assert.deepEqual(harness.refused, [problem]);
        assert.deepEqual(harness.unverified, [{ route: 'hook', problem }]);
        assert.deepEqual([harness.appended, harness.delivered], [[], []]);
      });

      test(`${problem}, found ${when} where it is only reported: counted, kept and delivered`, async (t) => {
        const harness = await startIngress(t, withSender({ verify, mode: 'report' }));
        const answer = await (await harness.open()).write(post).answer();
        assert.equal(answer.body.toString(), 'hello');
        assert.deepEqual(harness.refused, []);
        assert.deepEqual(harness.unverified, [{ route: 'hook', problem }]);
        assert.deepEqual(harness.delivered[0]?.webhook.sender, { sender: 'freekassa', verdict: problem });
      });
    }
  }

  const failures: readonly [how: string, verify: () => Verified | Promise<Verified>][] = [
    [
      'throws',
      () => {
        throw new Error('a fault');
      },
    ],
    ['rejects', () => Promise.reject(new Error('a fault'))],
  ];
  for (const [how, verify] of failures) {
    test(`that ${how} lets nothing through, and is told to the observer`, async (t) => {
      const harness = await startIngress(t, withSender({ verify }));
      const answer = await (await harness.open()).write(post).answer();
      assert.equal(answer.code, 'sender-unverifiable');
      assert.doesNotMatch(answer.body.toString(), /fault/);
      assert.deepEqual(harness.failures.map(String), ['Error: a fault']);
      assert.deepEqual(harness.appended, []);
    });

    test(`that ${how} never makes a webhook a verified one`, async (t) => {
      const harness = await startIngress(t, withSender({ verify, mode: 'report' }));
      await (await harness.open()).write(post).answer();
      assert.equal(harness.appended[0]?.sender?.verdict, 'sender-unverifiable');
      assert.equal(harness.failures.length, 1);
    });
  }

  test('with nothing to check with, everything goes on, and says so', async (t) => {
    const verify = (): never => assert.fail('there is nothing to check with');
    const harness = await startIngress(t, withSender({ verify, mode: 'report', isChecked: false }));
    assert.equal((await (await harness.open()).write(post).answer()).status, 200);
    assert.deepEqual(harness.appended[0]?.sender, { sender: 'freekassa', verdict: 'unchecked' });
    assert.deepEqual(harness.unverified, []);
  });

  test('of a caller that hangs up meanwhile: its webhook is logged and delivered all the same', async (t) => {
    let tell: (verified: Verified) => void = () => undefined;
    let asked = 0;
    const verify = () => {
      asked += 1;
      return new Promise<Verified>((resolve) => (tell = resolve));
    };
    const harness = await startIngress(t, withSender({ verify }));
    const client = (await harness.open()).write(post);
    await waitFor('the check', () => asked === 1);
    client.destroy();
    await waitFor('the hang-up to be noticed', () => harness.ingress.readings().connections === 0);
    tell('verified');
    await waitFor('delivery', () => harness.delivered.length === 1);
    assert.equal(harness.delivered[0]?.webhook.sender?.verdict, 'verified');
  });

  test('is not made where the route names no sender', async (t) => {
    const harness = await startIngress(t);
    await (await harness.open()).write(post).answer();
    assert.equal(harness.appended[0]?.sender, null);
  });
});

describe('handshakes', () => {
  const handshake = ({ body }: SenderCall) =>
    Buffer.from(body).toString() === 'ping'
      ? { status: 202, contentType: 'text/x-pong', body: 'pong' }
      : null;
  const ping = request('POST /hook', 'ping');

  test('are answered at once, and are no webhooks', async (t) => {
    const harness = await startIngress(t, withSender({ handshake }));
    const client = await harness.open();
    const answer = await client.write(ping).answer();
    assert.equal(answer.status, 202);
    assert.equal(answer.header('content-type'), 'text/x-pong');
    assert.equal(answer.body.toString(), 'pong');
    assert.equal(answer.header('hookward-id'), null);
    assert.deepEqual(harness.handshakes, ['hook']);
    assert.deepEqual([harness.appended, harness.delivered, harness.answered], [[], [], []]);
    assert.equal((await client.write(post).answer()).body.toString(), 'hello');
    assert.equal(harness.appended.length, 1);
  });

  test('of a check that takes its time are answered too', async (t) => {
    const verify = () => Promise.resolve<Verified>('verified');
    const harness = await startIngress(t, withSender({ handshake, verify }));
    assert.equal((await (await harness.open()).write(ping).answer()).body.toString(), 'pong');
  });

  test('are nobody else’s: an unverified one is refused, or a webhook like any other', async (t) => {
    const verify = (): Verified => 'signature-wrong';
    const enforced = await startIngress(t, withSender({ handshake, verify }));
    assert.equal((await (await enforced.open()).write(ping).answer()).code, 'signature-wrong');
    const reported = await startIngress(t, withSender({ handshake, verify, mode: 'report' }));
    assert.equal((await (await reported.open()).write(ping).answer()).body.toString(), 'hello');
    const unchecked = await startIngress(t, withSender({ handshake, mode: 'report', isChecked: false }));
    assert.equal((await (await unchecked.open()).write(ping).answer()).body.toString(), 'hello');
    assert.deepEqual([...enforced.handshakes, ...reported.handshakes, ...unchecked.handshakes], []);
  });

  test('of a log that is full are answered all the same', async (t) => {
    const harness = await startIngress(t, {
      ...withSender({ handshake }),
      log: { append: (params) => Promise.resolve(appendedAs(params)) },
    });
    assert.equal((await (await harness.open()).write(ping).answer()).status, 202);
  });
});

describe('a sender of its own', () => {
  const secret = 'It is a made-up secret';
  const sender = createSender('github', {
    secrets: [secret],
    settings: {},
    addresses: [],
    documents: () => Promise.reject(new Error('nothing is to be fetched')),
  });
  const github = {
    settings: settings({ routes: [route({ sender: { sender, verify: 'enforce', isChecked: true } })] }),
  };
  const signed = (body: string, key = secret, event = 'push') =>
    request(
      `POST /hook\nX-GitHub-Event: ${event}\nX-Hub-Signature-256: sha256=${createHmac('sha256', key).update(body).digest('hex')}`,
      body,
    );

  test('signed with its secret a call is taken, with another it is not', async (t) => {
    const harness = await startIngress(t, github);
    const client = await harness.open();
    assert.equal((await client.write(signed('{"a":1}')).answer()).status, 200);
    assert.equal((await client.write(signed('{"a":1}', 'another')).answer()).code, 'signature-wrong');
    assert.equal((await client.write(request('POST /hook', '{"a":1}')).answer()).code, 'signature-missing');
    assert.deepEqual(
      harness.appended.map(({ sender: finding }) => finding),
      [{ sender: 'github', verdict: 'verified' }],
    );
  });

  test('of a call that the full log refused with 503 is right again: the identical retry is taken', async (t) => {
    let isFull = true;
    const harness = await startIngress(t, {
      ...github,
      log: {
        append: (params) =>
          isFull
            ? Promise.reject(new HookwardError('log-full', { message: 'full' }))
            : Promise.resolve(appendedAs(params)),
      },
    });
    const client = await harness.open();
    const call = signed('{"a":1}');
    const refused = await client.write(call).answer();
    assert.deepEqual([refused.status, refused.code], [503, 'log-full']);
    isFull = false;
    assert.equal((await client.write(call).answer()).status, 200);
    assert.deepEqual(harness.unverified, []);
    assert.equal(harness.delivered[0]?.webhook.sender?.verdict, 'verified');
  });
});
