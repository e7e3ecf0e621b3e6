import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { createLogins, createSessions, type FailedLogin } from '../../../src/admin/index.ts';
import { manualClock } from '../../support/manualClock.ts';
import { seededRandom } from '../../support/seededRandom.ts';

const address = '192.0.2.1';
const minute = 60_000;
const hour = 60 * minute;

const tokenOf = (name: string, role: 'viewer' | 'admin' = 'viewer') => ({
  name,
  role,
  sha256: createHash('sha256').update(`hwt_${name}`).digest('hex'),
});

function table() {
  const tokens = [tokenOf('ann'), tokenOf('bob', 'admin')];
  const clock = manualClock();
  const sessions = createSessions({ clock, random: seededRandom(1), tokens: () => tokens });
  const open = (name: string) => {
    const login = sessions.login({ token: `hwt_${name}`, address });
    assert.ok(login.result === 'opened');
    return login.id;
  };
  const fail = (from: string, times = 1) => {
    for (let at = 0; at < times; at += 1) sessions.login({ token: 'hwt_wrong', address: from });
  };
  return { tokens, clock, sessions, open, fail };
}

describe('sessions', () => {
  test('a login opens one for the holder of the token', () => {
    const { sessions, open } = table();
    const id = open('bob');
    assert.match(id, /^[\w-]{43}$/);
    const session = sessions.find(id);
    assert.deepEqual(session?.principal, { name: 'bob', role: 'admin' });
    assert.match(session.csrf, /^[\w-]{43}$/);
    assert.notEqual(session.csrf, id);
  });

  test('each has an id and a proof of its own', () => {
    const { sessions, open } = table();
    const [one, other] = [open('ann'), open('ann')];
    assert.notEqual(one, other);
    assert.notEqual(sessions.find(one)?.csrf, sessions.find(other)?.csrf);
  });

  test('an id that was never given is of none', () => {
    const { sessions, open } = table();
    const id = open('ann');
    for (const wrong of ['', id.slice(1), `${id}A`, id.toLowerCase()])
      assert.equal(sessions.find(wrong), null);
  });

  test('one that is ended is gone; the others stay', () => {
    const { sessions, open } = table();
    const [one, other] = [open('ann'), open('ann')];
    sessions.end(one);
    assert.equal(sessions.find(one), null);
    assert.notEqual(sessions.find(other), null);
  });

  test('ends when it is not used for 12 hours', () => {
    const { sessions, clock, open } = table();
    const id = open('ann');
    clock.advance(12 * hour);
    assert.notEqual(sessions.find(id), null);
    clock.advance(12 * hour);
    assert.notEqual(sessions.find(id), null);
    clock.advance(12 * hour + 1);
    assert.equal(sessions.find(id), null);
  });

  test('ends after 7 days, however it is used', () => {
    const { sessions, clock, open } = table();
    const id = open('ann');
    for (let at = 0; at < 14; at += 1) {
      assert.notEqual(sessions.find(id), null);
      clock.advance(12 * hour);
    }
    clock.advance(1);
    assert.equal(sessions.find(id), null);
  });

  test('ends with its token, and has the role that the token has now', () => {
    const { sessions, tokens, open } = table();
    const id = open('ann');
    tokens[0] = tokenOf('ann', 'admin');
    assert.equal(sessions.find(id)?.principal.role, 'admin');
    tokens.shift();
    assert.equal(sessions.find(id), null);
    tokens.unshift(tokenOf('ann'));
    assert.equal(sessions.find(id), null);
  });

  test('the one not used for the longest is ended for the 1,001st', () => {
    const { sessions, clock, open } = table();
    const [first, second] = [open('ann'), open('ann')];
    clock.advance(1);
    sessions.find(first);
    for (let at = 0; at < 999; at += 1) open('bob');
    assert.equal(sessions.find(second), null);
    assert.notEqual(sessions.find(first), null);
  });
});

describe('failed logins', () => {
  test('ten are taken from an address, the eleventh is not looked at', () => {
    const { sessions } = table();
    const left = Array.from({ length: 10 }, () => {
      const login = sessions.login({ token: 'hwt_wrong', address });
      return login.result === 'wrong' ? login.triesLeft : null;
    });
    assert.deepEqual(left, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
    const late = sessions.login({ token: 'hwt_ann', address });
    assert.deepEqual(late, { result: 'limited', retryAfterSeconds: 15 * 60 });
  });

  test('the limit ends a quarter of an hour after the first of them', () => {
    const { sessions, clock, fail } = table();
    fail(address);
    clock.advance(14 * minute);
    fail(address, 9);
    assert.deepEqual(sessions.login({ token: 'hwt_ann', address }), {
      result: 'limited',
      retryAfterSeconds: 60,
    });
    clock.advance(minute);
    assert.equal(sessions.login({ token: 'hwt_ann', address }).result, 'opened');
    fail(address, 9);
    assert.equal(sessions.login({ token: 'hwt_ann', address }).result, 'opened');
  });

  test('a flood from everywhere keeps nobody else out', () => {
    const { sessions, fail } = table();
    for (let at = 0; at < 30_000; at += 1) fail(`2001:db8:0:${at.toString(16)}::/64`);
    fail('192.0.2.66', 1_000);
    assert.equal(sessions.login({ token: 'hwt_ann', address }).result, 'opened');
    assert.equal(sessions.login({ token: 'hwt_ann', address: '192.0.2.66' }).result, 'limited');
  });

  test('those of 10,000 addresses are remembered', () => {
    const { sessions, fail } = table();
    const from = (at: number) => `address ${String(at)}`;
    for (let at = 0; at < 10_001; at += 1) fail(from(at), 10);
    const triedBy = (at: number) => sessions.login({ token: 'hwt_ann', address: from(at) }).result;
    assert.deepEqual([triedBy(0), triedBy(1), triedBy(10_000)], ['opened', 'limited', 'limited']);
  });
});

describe('logins', () => {
  function logins(note: Parameters<typeof createLogins>[0]['note'] = () => Promise.resolve()) {
    const { sessions } = table();
    const noted: object[] = [];
    const failedLogins: FailedLogin[] = [];
    const failures: unknown[] = [];
    const results: string[] = [];
    const made = createLogins({
      sessions,
      counted: (result) => void results.push(result),
      note: (done, asked) => {
        noted.push({ ...done, ...asked });
        return note(done, asked);
      },
      loginFailed: (failed) => void failedLogins.push(failed),
      failed: (error) => void failures.push(error),
    });
    return { made, sessions, noted, failedLogins, failures, results };
  }

  test('login and logout are in the audit log: who, and from where', async () => {
    const { made, noted, sessions } = logins();
    const login = await made.login({ token: 'hwt_bob', address });
    assert.ok(login.result === 'opened');
    await made.logout({ id: login.id, address });
    await made.logout({ id: login.id, address });
    assert.equal(sessions.find(login.id), null);
    assert.deepEqual(noted, [
      { action: 'login', subject: address, by: 'bob', reason: 'console' },
      { action: 'logout', subject: address, by: 'bob', reason: 'console' },
    ]);
  });

  test('a failed one is told, without its token, and not audited; a limited one is not told again', async () => {
    const { made, noted, failedLogins, results } = logins();
    for (let at = 0; at < 50; at += 1) await made.login({ token: 'hwt_wrong', address });
    assert.deepEqual(noted, []);
    assert.equal(failedLogins.length, 10);
    const countOf = (result: string) => results.filter((one) => one === result).length;
    assert.deepEqual([countOf('wrong'), countOf('limited')], [10, 40]);
    assert.deepEqual(failedLogins.at(-1), { address, triesLeft: 0 });
  });

  test('where the log cannot take it, who operates gets in and out all the same', async () => {
    const broken = new Error('the disk is full');
    const { made, sessions, failures } = logins(() => Promise.reject(broken));
    const login = await made.login({ token: 'hwt_ann', address });
    assert.ok(login.result === 'opened');
    await made.logout({ id: login.id, address });
    assert.equal(sessions.find(login.id), null);
    assert.deepEqual(failures, [broken, broken]);
  });
});
