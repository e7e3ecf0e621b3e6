// A route that calls its bot host with a secret target: only the bot host may see it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pinnedBy } from '../../../src/delivery/pinned.ts';
import { fakeCaller, harness, retrySettings, routeSettings, turn } from './harness.ts';

const token = 'd81ca528fdd5ccaa0d345f058a0ee0b0';
const secret = `/v1/bots/4711/new-webhook?&command=%2FonPay%20x&user_id=77&public_user_token=${token}`;
const public_ = { target: '/pay/freekassa?AMOUNT=100&us_key=%20a+b' };

/** Texts of which each gives a part of the secret target away. */
const parts = [token, 'public_user_token', 'new-webhook', 'onPay'];

function assertHidden(what: string, shown: unknown): void {
  const text = JSON.stringify(shown);
  for (const part of parts) assert.ok(!text.includes(part), `${what} shows ${part}`);
}

const pinnedRoute = (forwardTo: string | null = secret) =>
  routeSettings('default', { forwardTo, retry: retrySettings({ attempts: 2, firstDelay: 10 }) });

async function pinned() {
  const opened = harness({ routes: [pinnedRoute()], publicUrl: 'https://hooks.example' });
  await opened.delivery.start();
  const request = { ...opened.webhook().request, ...public_ };
  return { ...opened, request, arrive: () => opened.arrive({ request }, fakeCaller()) };
}

describe('a route with forwardTo', () => {
  test('calls the bot host with it, the query of the caller behind; the rest of the request is its own', async () => {
    const { forwarder, arrive, request } = await pinned();
    await arrive();
    const target = `${secret}&AMOUNT=100&us_key=%20a+b`;
    assert.deepEqual(forwarder.received[0]?.request, { ...request, target });
  });

  test('tells the options and the log what the caller called, and nothing else of it', async () => {
    const { forwarder, arrive, log, seen } = await pinned();
    const { id, caller } = await arrive();
    const { signed = [] } = forwarder.received[0] ?? {};
    const { url } = JSON.parse(signed[3] ?? '') as { url: string };
    assert.equal(url, 'https://hooks.example/pay/freekassa?AMOUNT=100&us_key=%20a+b');
    forwarder.received[0]?.answer(200, ['Location', `https://bot.example${secret}`], 'done');
    await turn();
    assert.equal(caller.body, 'done');
    const record = await log.get({ id });
    assert.equal(record?.webhook.request.target, public_.target);
    assertHidden('the record', record);
    for (const shown of [seen, signed, caller.head]) assertHidden('what is told', shown);
  });

  test('withholds it from the answer of a copy too, and from the words on a failure', async () => {
    const { forwarder, arrive, log, join, pass, seen } = await pinned();
    const answered = await arrive();
    const joined = join(answered.id);
    forwarder.received[0]?.answer(302, ['X', 'y', 'location', forwarder.received[0].request.target]);
    await turn();
    assert.deepEqual(joined.caller.head, { status: 302, headers: ['X', 'y'] });
    assert.deepEqual(answered.caller.head, joined.caller.head);
    const failing = await arrive();
    forwarder.received[1]?.fail('connection-lost');
    await pass(1_100);
    forwarder.received[2]?.reject(new Error('a bug'));
    await turn();
    assert.equal(log.row(failing.id).state, 'dead');
    assertHidden('the record', await log.get({ id: failing.id }));
    assertHidden('what is told', seen);
  });

  test('an answer that breaks off is kept without it', async () => {
    const { forwarder, arrive, log } = await pinned();
    const { id } = await arrive();
    forwarder.received[0]?.head(200, ['Content-Location', secret, 'X', 'y']);
    forwarder.received[0]?.fail('connection-lost');
    await turn();
    const [event] = log.row(id).events;
    assert.ok(event?.type === 'attempted' && event.attempt.outcome.kind === 'answered');
    assert.deepEqual(event.attempt.outcome.headers, ['X', 'y']);
  });

  test('retries and replays take the one in force: a new token counts at once', async () => {
    const { forwarder, arrive, settings, delivery, pass, replay } = await pinned();
    const { id } = await arrive();
    forwarder.received[0]?.answer(503);
    await turn();
    const put = (forwardTo: string | null) => {
      settings.current = { ...settings.current, routes: [pinnedRoute(forwardTo)] };
      delivery.apply();
    };
    put('/new?token=1');
    await pass(100);
    assert.equal(forwarder.received[1]?.request.target, '/new?token=1&AMOUNT=100&us_key=%20a+b');
    forwarder.received[1].answer(200);
    await turn();
    put(null);
    await replay(id);
    await turn();
    assert.equal(forwarder.received[2]?.request.target, public_.target);
  });

  test('without one the request is handed on as it is, not copied', async () => {
    const { delivery, forwarder, arrive } = harness();
    await delivery.start();
    await arrive();
    forwarder.received[0]?.answer(302, ['Location', '/v1/bots/7/new-webhook']);
    await turn();
    const { webhook } = harness();
    assert.equal(forwarder.received[0]?.request.target, webhook().request.target);
  });
});

describe('fields of an answer that give a secret target away', () => {
  const isWithheld = (forwardTo: string, value: string) =>
    pinnedBy(forwardTo).withhold(['A', '1', 'Any-Name', value, 'B', '2']).length === 4;

  const telling: Readonly<Record<string, string>> = {
    'the target itself': secret,
    'a URL with it': `https://bots.example${secret}&AMOUNT=1`,
    'a slash behind the path': '/v1/bots/4711/new-webhook/',
    'the path in another case': '/V1/Bots/4711/New-Webhook?x=1',
    'the path behind a prefix': 'https://bots.example/base/v1/bots/4711/new-webhook',
    'the token alone': `https://elsewhere.example/${token}`,
    'a short parameter': 'https://elsewhere.example/?a=1&command=%2FonPay%20x',
    'a short parameter, written with a plus': 'https://elsewhere.example/?command=/onPay+x#top',
    'a return address': `/login?next=${encodeURIComponent(`https://bots.example${secret}`)}`,
    'a return address in a return address': `/a?b=${encodeURIComponent(`/c?d=${encodeURIComponent(secret)}`)}`,
    'letters that need no escape': `/?t=${token.replace('d', '%64')}`,
    'a link': `<${secret}>; rel="self"`,
    'a refresh': `0; url=${secret}`,
    'a cookie for the path': 'sid=1; Path=/v1/bots/4711/new-webhook; HttpOnly',
  };
  for (const [what, value] of Object.entries(telling)) {
    test(`${what}: withheld`, () => assert.ok(isWithheld(secret, value), value));
  }

  const harmless: Readonly<Record<string, string>> = {
    'another address': 'https://shop.example/thanks?order=1',
    'the public path': '/pay/freekassa?AMOUNT=100',
    'another path that begins alike': '/v1/bots/4711/new-webhooks',
    'another value that begins alike': 'https://shop.example/?user_id=778',
    'another name that ends alike': 'https://shop.example/?our_user_id=77',
    'a type': 'application/json; charset=utf-8',
    'a malformed escape': '/%zz%',
  };
  for (const [what, value] of Object.entries(harmless)) {
    test(`${what}: kept`, () => assert.ok(!isWithheld(secret, value), value));
  }

  test('the address that the target itself tells the bot to send the caller to is kept', () => {
    const shown = 'https://shop.example/thanks?user_id=77';
    const target = `${secret}&redirect_to=${encodeURIComponent(shown)}`;
    assert.ok(!isWithheld(target, shown));
    assert.ok(isWithheld(target, `${shown}&public_user_token=${token}`));
  });

  test('a short path is a word like others beside a query, and the secret where there is none', () => {
    assert.ok(!isWithheld('/pay?key=0123456789abcdef', 'https://shop.example/pay/done'));
    assert.ok(isWithheld('/pay?key=0123456789abcdef', '/pay?KEY=0123456789ABCDEF'));
    assert.ok(isWithheld('/s3cr3t', 'https://bots.example/s3cr3t/'));
    assert.ok(!isWithheld('/s3cr3t', 'https://bots.example/s3cr3ts'));
    assert.ok(isWithheld('/hook?0123456789abcdef', 'https://bots.example/?0123456789abcdef'));
    assert.ok(!isWithheld('/', 'https://bots.example/'));
  });

  test('characters with a meaning in patterns stand for themselves', () => {
    const odd = '/a.b*c(d)[e]{f}|g$h^i\\j+k?x=1';
    assert.ok(isWithheld(odd, odd));
    assert.ok(!isWithheld(odd, '/aXbbc(d)[e]{f}|g$h^i\\j+k?y=1'));
  });

  test('of a list, only those fields go, and the order stays', () => {
    const headers = [
      'Location',
      secret,
      'Set-Cookie',
      'a=1',
      'SET-COOKIE',
      `b=${token}`,
      'set-cookie',
      'c=1',
    ];
    assert.deepEqual(pinnedBy(secret).withhold(headers), ['Set-Cookie', 'a=1', 'set-cookie', 'c=1']);
  });
});
