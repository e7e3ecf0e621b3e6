import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import CryptoJS from 'crypto-js';
import type { WebhookOptions } from '../../../src/signing/index.ts';
import { bjsSnippet } from './bjsSnippet.ts';
import { key, optionsOf, otherKey, sign, valueOf, type SignedCall } from './fixtures.ts';

const body = '{"title":"кот 🐱"}';

/** Runs the snippet where only CryptoJS, content, options and the key are to be had, header names in Title-Case. */
function runCommand(call: SignedCall, content: string, changes: Readonly<Record<string, string>> = {}) {
  const signed = sign({ now: Date.now(), ...call });
  const headers = {
    'Hookward-Id': valueOf(signed, 'hookward-id'),
    'Hookward-Timestamp': valueOf(signed, 'hookward-timestamp'),
    'Hookward-Options': valueOf(signed, 'hookward-options'),
    'Hookward-Signature': valueOf(signed, 'hookward-signature'),
    ...changes,
  };
  const sandbox = createContext({ CryptoJS, content, options: { headers }, HOOKWARD_KEY: key });
  const trusted: unknown = runInContext(bjsSnippet, sandbox);
  return { trusted: JSON.parse(JSON.stringify(trusted)) as WebhookOptions, expected: optionsOf(signed) };
}

describe('the check in a Bots.Business command', () => {
  it('takes a POST with text beyond ASCII, and gives the options', () => {
    const { trusted, expected } = runCommand({ body }, body);
    assert.deepEqual(trusted, expected);
  });

  it('takes a GET, whose content is not its body', () => {
    const target = '/h?&command=%2Fa&content=%D0%BA%D0%BE%D1%82';
    const { trusted } = runCommand({ request: { method: 'GET', target } }, 'кот');
    assert.equal(trusted.params['content'], 'кот');
  });

  it('knows the sender, and whether it was proven', () => {
    const { trusted } = runCommand({ body, sender: { sender: 'freekassa', verdict: 'unchecked' } }, body);
    assert.deepEqual([trusted.sender, trusted.verified], ['freekassa', false]);
  });

  it('takes one of several signatures', () => {
    assert.equal(runCommand({ body, keys: [otherKey, key] }, body).trusted.v, 1);
  });

  it('refuses another key, another body, another time, other options', () => {
    assert.throws(() => runCommand({ body, keys: [otherKey] }, body), /signature is wrong/);
    assert.throws(() => runCommand({ body }, `${body} `), /body is wrong/);
    assert.throws(() => runCommand({ body, now: Date.now() - 310_000 }, body), /too old/);
    assert.throws(() => runCommand({ body }, body, { 'Hookward-Options': '{"v":1}' }), /signature is wrong/);
    assert.throws(() => runCommand({ body }, body, { 'Hookward-Timestamp': 'soon' }), /too old/);
    assert.throws(() => runCommand({ body }, body, { 'Hookward-Signature': '' }), /not sent by Hookward/);
  });
});
