import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { callOf, verdictOf, written } from './support.ts';

const slackCommand =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';

const coinbaseEvent =
  '{"id":1,"scheduled_for":"2017-01-31T20:50:02Z","attempt_number":1,"event":{"id":"24934862-d980-46cb-9402-43c81b0cdba6","type":"charge:created","api_version":"2018-03-22","created_at":"2017-01-31T20:49:02Z","data":{"code":"66BEOV2A","name":"The Sovereign Individual","description":"Mastering the Transition to the Information Age","hosted_url":"https://commerce.coinbase.com/charges/66BEOV2A","created_at":"2017-01-31T20:49:02Z","expires_at":"2017-01-31T21:04:02Z","timeline":[{"time":"2017-01-31T20:49:02Z","status":"NEW"}],"metadata":{},"pricing_type":"no_price","payments":[],"addresses":{"bitcoin":"0000000000000000000000000000000000","ethereum":"0x0000000000000000000000000000000000000000","litecoin":"3000000000000000000000000000000000","bitcoincash":"bitcoincash:000000000000000000000000000000000000000000"}}}}';

const twilioUrl = 'https://mycompany.com/myapp.php?foo=1&bar=2';

describe('signatures that senders publish', () => {
  it('GitHub: its documentation’s example', async () => {
    const signature = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
    const call = callOf(written(['X-Hub-Signature-256', signature], 'Hello, World!'));
    assert.equal(await verdictOf('github', call, { secrets: ["It's a Secret to Everybody"] }), 'verified');
  });

  it('Slack: its documentation’s slash command', async () => {
    const headers = [
      'X-Slack-Request-Timestamp',
      '1531420618',
      'X-Slack-Signature',
      'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
    ];
    const call = callOf(written(headers, slackCommand), { receivedAt: 1531420618_000 });
    const secrets = ['8f742231b10e8888abcd99yyyzzz85a5'];
    assert.equal(await verdictOf('slack', call, { secrets }), 'verified');
  });

  it('Twilio: its documentation’s call of a form', async () => {
    const body =
      'Digits=1234&From=%2B14158675309&CallSid=CA1234567890ABCDE&To=%2B18005551212&Caller=%2B14158675309';
    const headers = ['X-Twilio-Signature', 'RSOYDt4T1cUTdK1PDd93/VVr8B8='];
    const call = callOf(written(headers, body, twilioUrl));
    assert.equal(await verdictOf('twilio', call, { secrets: ['12345'] }), 'verified');
  });

  it('Twilio: a JSON body by its digest in the query', async () => {
    const digest = '0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620';
    const headers = ['X-Twilio-Signature', 'a9nBmqA0ju/hNViExpshrM61xv4='];
    const url = `${twilioUrl}&bodySHA256=${digest}`;
    const call = callOf(written(headers, '{"property": "value", "boolean": true}', url));
    assert.equal(await verdictOf('twilio', call, { secrets: ['12345'] }), 'verified');
  });

  it('Paddle: the one of its SDK’s tests', async () => {
    const header = 'ts=1698796800;h1=a300428748dce5c70e4da19bffd60769591ea969c99dea3105d0ec9612cf43f9';
    const call = callOf(written(['Paddle-Signature', header], '{"data": ["1", "2"]}'), {
      receivedAt: 1698796800_000,
    });
    assert.equal(await verdictOf('paddle', call, { secrets: ['VALID_SECRET'] }), 'verified');
  });

  it('Coinbase Commerce: the one of its SDK’s tests', async () => {
    const signature = '8be7742c7d372f08a6a3224edadf18a22b65fa9e28f3f2de97376cdaa092590d';
    const call = callOf(written(['X-CC-Webhook-Signature', signature], coinbaseEvent));
    const secrets = ['30291a20-0bd1-4267-9b0f-e6e7b123c0bf'];
    assert.equal(await verdictOf('coinbase-commerce', call, { secrets }), 'verified');
  });

  it('Stripe: one computed by hand', async () => {
    const header = 't=1614265330,v1=fbd6bf5496b9d6310e422a2c072578f95f5eb492111ab57a5510e9cd79c1b304';
    const call = callOf(written(['Stripe-Signature', header], '{"id":"evt_test","object":"event"}'), {
      receivedAt: 1614265330_000,
    });
    assert.equal(await verdictOf('stripe', call, { secrets: ['whsec_test_secret'] }), 'verified');
  });

  it('Shopify: one computed by hand', async () => {
    const headers = ['X-Shopify-Hmac-SHA256', 'VnKUjZsLuN5iZWjn5EntcBVCF9kMN43LglzCE1/GSeY='];
    const call = callOf(written(headers, '{"id":1}'));
    assert.equal(await verdictOf('shopify', call, { secrets: ['hush'] }), 'verified');
  });

  it('Crypto Pay: one computed by hand', async () => {
    const signature = '732d88b4494905f4adb266a102f0f89cc40f117da4941a8bc43db5662d3c18a4';
    const call = callOf(written(['crypto-pay-api-signature', signature], '{"update_id":1}'));
    assert.equal(await verdictOf('crypto-pay', call, { secrets: ['12345:AAtoken'] }), 'verified');
  });
});

describe('signatures that the specification of Standard Webhooks and its libraries publish', () => {
  const first = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const firstId = 'msg_p5jXN8AQM9LWM0D4loKWxJek';
  const vectors: readonly (readonly [string, string, string, string, string])[] = [
    [first, firstId, '1614265330', '{"test": 2432232314}', 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='],
    [
      'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
      'msg_27UH4WbU6Z5A5EzD8u03UvzRbpk',
      '1649367553',
      '{"email":"test@example.com","username":"test_user"}',
      'v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=',
    ],
    [first, firstId, '1614265330', '', 'v1,v48jdbgvh29KJz2Qc+ghw8G6vG3nAKnujWBg8oM/62A='],
    [
      'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=',
      firstId,
      '1614265330',
      '{"test": 2432232314}',
      'v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==',
    ],
  ];
  for (const [secret, id, seconds, body, signature] of vectors) {
    it(`${signature.slice(0, 12)}... of ${String(body.length)} characters`, async () => {
      const headers = ['webhook-id', id, 'webhook-timestamp', seconds, 'webhook-signature', signature];
      const call = callOf(written(headers, body), { receivedAt: Number(seconds) * 1000 });
      assert.equal(await verdictOf('standard-webhooks', call, { secrets: [secret] }), 'verified');
      const tampered = { ...call, body: Buffer.from(`${body} `) };
      assert.equal(await verdictOf('standard-webhooks', tampered, { secrets: [secret] }), 'signature-wrong');
    });
  }

  it('takes a secret without its prefix too', async () => {
    const headers = [
      'webhook-id',
      firstId,
      'webhook-timestamp',
      '1614265330',
      'webhook-signature',
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    ];
    const call = callOf(written(headers, '{"test": 2432232314}'), { receivedAt: 1614265330_000 });
    const secrets = [first.replace('whsec_', '')];
    assert.equal(await verdictOf('standard-webhooks', call, { secrets }), 'verified');
  });
});
