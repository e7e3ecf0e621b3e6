import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { route, settings, startIngress } from './harness.ts';
import { request } from './rawClient.ts';
import { fakeSender } from './senders.ts';

const botUrl = '/v1/bots/77/new-webhook?&command=%2FonPaid&public_user_token=s3cret&user_id=5';
const pinned = (forwardTo = botUrl, rule: Parameters<typeof route>[0] = {}) => ({
  settings: settings({ routes: [route({ path: '/pay/:bot', forwardTo, ...rule })] }),
});
const multipart = 'Content-Type: multipart/form-data; boundary=b';
const part = (...dispositions: readonly string[]) =>
  dispositions
    .map((disposition) => `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\nx\r\n`)
    .join('') + '--b--\r\n';
const form = 'Content-Type: application/x-www-form-urlencoded';

/** Whether a call to a pinned route is taken; nothing of one that is refused may be kept. */
async function isTaken(
  t: Parameters<typeof startIngress>[0],
  bytes: Buffer,
  parts = pinned(),
): Promise<boolean> {
  const harness = await startIngress(t, parts);
  const answer = await (await harness.open()).write(bytes).answer();
  if (answer.status === 200) return true;
  assert.equal(answer.code, 'parameter-fixed');
  assert.equal(answer.status, 403);
  assert.deepEqual([harness.appended, harness.delivered], [[], []]);
  assert.deepEqual(harness.refused, ['parameter-fixed']);
  return false;
}

describe('a route that stands for a secret target', () => {
  test("lets the caller's own parameters by, and keeps the caller's own target", async (t) => {
    const harness = await startIngress(t, pinned());
    const target = '/pay/9?intid=1&command_id=2&&x=%20';
    const answer = await (
      await harness.open()
    )
      .write(request(`POST ${target}\n${form}`, 'AMOUNT=5'))
      .answer();
    assert.equal(answer.status, 200);
    assert.equal(harness.appended[0]?.request.target, target);
    assert.doesNotMatch(JSON.stringify([harness.appended, answer.headers]), /s3cret|onPaid/);
  });

  const refused: readonly [what: string, bytes: Buffer][] = [
    ['the command in the query', request('GET /pay/9?command=/other')],
    ['the user in the query, escaped', request('POST /pay/9?a=1&%75ser_id=6', 'x')],
    ['a redirect', request('GET /pay/9?redirect_to=https://evil.example')],
    ['the command in a form', request(`POST /pay/9\n${form}`, 'AMOUNT=5&Command%5b%5d=/other')],
    ['the command in a form of a GET', request(`GET /pay/9\n${form}`, 'command=/other')],
    [
      'the command in a form with a charset',
      request(`POST /pay/9\n${form}; charset="utf-8"`, 'command=/other'),
    ],
    ['the command in a body without a type', request('POST /pay/9', 'command=/other')],
    [
      'the command in a form of two types',
      request(`POST /pay/9\nContent-Type: text/plain\n${form}`, 'command=1'),
    ],
    [
      'the command in a multipart form',
      request(`POST /pay/9\n${multipart}`, part('name="a"', 'name="command"')),
    ],
    ['the command as a file', request(`POST /pay/9\n${multipart}`, part('name="Command[]"; filename="f"'))],
    ['the command without quotes', request(`POST /pay/9\n${multipart}`, part('name = command'))],
    ['the command in an extended name', request(`POST /pay/9\n${multipart}`, part("name*=utf-8''%63ommand"))],
    ['the command behind backslashes', request(`POST /pay/9\n${multipart}`, part('name="com\\mand"'))],
    ['a compressed multipart form', request(`POST /pay/9\n${multipart}\nContent-Encoding: br`, 'x')],
    ['a compressed form', request(`POST /pay/9\n${form}\nContent-Encoding: gzip`, 'AMOUNT=5')],
    ['a form in EBCDIC', request(`POST /pay/9\n${form}; charset=ibm037`, 'AMOUNT=5')],
    ['a form in UTF-16', request(`POST /pay/9\n${form};a=b; Charset = "UTF-16"`, 'AMOUNT=5')],
  ];
  for (const [what, bytes] of refused) {
    test(`refuses ${what}`, async (t) => assert.equal(await isTaken(t, bytes), false));
  }

  const taken: readonly [what: string, bytes: Buffer][] = [
    [
      'a multipart form of other fields',
      request(`POST /pay/9\n${multipart}`, part('name="my_command"', 'name=a')),
    ],
    ['JSON that names a command', request('POST /pay/9\nContent-Type: application/json', '{"command":"x"}')],
    ['text that looks like a form', request('POST /pay/9\nContent-Type: text/plain', 'command=x')],
    [
      'a value that looks like a parameter',
      request(`POST /pay/9?a=command\n${form}`, 'text=command%3Dx%26user_id'),
    ],
    ['compressed JSON', request('POST /pay/9\nContent-Type: application/json\nContent-Encoding: gzip', 'x')],
    [
      'a form that says that it is not compressed',
      request(`POST /pay/9\n${form}\nContent-Encoding: identity`, 'a=1'),
    ],
    ['a form in windows-1251', request(`POST /pay/9\n${form}; charset=windows-1251`, 'a=\xcf')],
    ['no body', request('POST /pay/9')],
  ];
  for (const [what, bytes] of taken) {
    test(`takes ${what}`, async (t) => assert.equal(await isTaken(t, bytes), true));
  }

  test('fixes what stands in the target, and no more', async (t) => {
    const parts = pinned('/hook?a=1');
    assert.equal(await isTaken(t, request('GET /pay/9?A=2'), parts), false);
    assert.equal(await isTaken(t, request('GET /pay/9?command=x&user_id=1'), parts), true);
    assert.equal(await isTaken(t, request('GET /pay/9?a=2'), pinned('/hook')), true);
  });

  test('fixes nothing where there is no such target', async (t) => {
    const parts = { settings: settings({ routes: [route({ path: '/pay/:bot' })] }) };
    assert.equal(await isTaken(t, request(`POST /pay/9?command=x\n${form}`, 'user_id=1'), parts), true);
  });

  test('refuses a fixed parameter of the query before a body is asked for', async (t) => {
    const harness = await startIngress(t, pinned());
    const client = await harness.open();
    client.write(request('POST /pay/9?command=x\nContent-Length: 5\nExpect: 100-continue'));
    const answer = await client.answer();
    assert.equal(answer.code, 'parameter-fixed');
  });

  test('refuses a fixed parameter before its sender is asked', async (t) => {
    const sender = fakeSender({ verify: () => assert.fail('the sender was asked') });
    const bytes = request(`POST /pay/9\n${form}`, 'command=x');
    assert.equal(await isTaken(t, bytes, pinned(botUrl, { sender })), false);
  });

  test('shows searches the bot and the user of the target', async (t) => {
    const harness = await startIngress(t, pinned());
    await (await harness.open()).write(request('GET /pay/9')).answer();
    assert.equal(harness.appended[0]?.bot, '77');
    assert.equal(harness.appended[0].user, '5');
  });

  test('shows searches those of a target that is written as a whole URL', async (t) => {
    const harness = await startIngress(t, pinned(`https://api.bots.example${botUrl}`));
    await (await harness.open()).write(request('GET /pay/9')).answer();
    assert.equal(harness.appended[0]?.bot, '77');
    assert.equal(harness.appended[0].user, '5');
  });

  test("shows searches the caller's own where the target names none", async (t) => {
    const harness = await startIngress(t, pinned('/hook?a=1'));
    await (await harness.open()).write(request('GET /pay/9?user_id=6')).answer();
    assert.equal(harness.appended[0]?.bot, '9');
    assert.equal(harness.appended[0].user, '6');
  });
});
