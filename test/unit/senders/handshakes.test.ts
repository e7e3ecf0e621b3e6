import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { senderNames } from '../../../src/core/senders.ts';
import { senderPresets } from '../../../src/senders/index.ts';
import type { SignedRequest } from '../../support/signing/contract.ts';
import { sign as signDiscord } from '../../support/signing/discord.ts';
import { sign as signGithub } from '../../support/signing/github.ts';
import { sign as signSlack } from '../../support/signing/slack.ts';
import { callOf, withHeader, withoutHeader, written } from './support.ts';

const slackAnswer = (body: string) => senderPresets.slack.handshake?.(callOf(signSlack({ body }))) ?? null;
const discordAnswer = (body: string) =>
  senderPresets.discord.handshake?.(callOf(signDiscord({ body }))) ?? null;

describe('Slack’s question whether the address is ours', () => {
  const challenge = '3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P';

  it('is answered by the challenge, as plain text', () => {
    assert.deepEqual(slackAnswer(JSON.stringify({ token: 'x', challenge, type: 'url_verification' })), {
      status: 200,
      contentType: 'text/plain; charset=utf-8',
      body: challenge,
    });
  });

  const others: Readonly<Record<string, string>> = {
    'an event': '{"type":"event_callback","event_id":"Ev1"}',
    'an event that bears a challenge': `{"type":"event_callback","challenge":"${challenge}"}`,
    'a challenge that is no text': '{"type":"url_verification","challenge":{"a":1}}',
    'a challenge that is missing': '{"type":"url_verification"}',
    'a challenge of 513 characters': `{"type":"url_verification","challenge":"${'a'.repeat(513)}"}`,
    'a question of more than 16 KiB': `{"type":"url_verification","challenge":"a","pad":"${'a'.repeat(16_384)}"}`,
    'a list': '["url_verification"]',
    'a text': '"url_verification"',
    null: 'null',
    'no JSON': 'type=url_verification&challenge=a',
    nothing: '',
  };
  for (const [what, body] of Object.entries(others)) {
    it(`is not taken for asked by ${what}`, () => assert.equal(slackAnswer(body), null));
  }
});

describe('Discord’s pings', () => {
  it('among interactions are answered by a pong', () => {
    const ping =
      '{"application_id":"1","entitlements":[],"id":"2","token":"aW50","type":1,"user":{"id":"3"},"version":1}';
    assert.deepEqual(discordAnswer(ping), {
      status: 200,
      contentType: 'application/json',
      body: '{"type":1}',
    });
  });

  it('among webhook events are answered by an empty 204', () => {
    const answer = discordAnswer('{"version":1,"application_id":"1234560123453231555","type":0}');
    assert.equal(answer?.status, 204);
    assert.equal(answer.body, '');
  });

  const others: Readonly<Record<string, string>> = {
    'a webhook event, whose type is 1 too':
      '{"version":1,"application_id":"1","type":1,"event":{"type":"APPLICATION_AUTHORIZED","timestamp":"2026-05-17T12:00:00","data":{}}}',
    'a webhook event with a token':
      '{"version":1,"application_id":"1","type":1,"token":"x","event":{"type":"ENTITLEMENT_CREATE"}}',
    'an event that calls itself a ping': '{"version":1,"type":0,"event":{"type":"ENTITLEMENT_CREATE"}}',
    'a command': '{"id":"2","token":"x","type":2,"data":{}}',
    'a type that is text': '{"id":"2","token":"x","type":"1"}',
    'a type 1 without a token': '{"id":"2","type":1}',
    'a list': '[1]',
    'no JSON': '{"type":1',
  };
  for (const [what, body] of Object.entries(others)) {
    it(`are not taken for ${what}`, () => assert.equal(discordAnswer(body), null));
  }
});

describe('GitHub’s ping', () => {
  const answerTo = (request: SignedRequest) => senderPresets.github.handshake?.(callOf(request));

  it('is answered by an empty 200', () => {
    const ping = withHeader(
      signGithub({ body: '{"zen":"Keep it logically awesome."}' }),
      'x-github-event',
      'ping',
    );
    assert.deepEqual(answerTo(ping), {
      status: 200,
      contentType: 'text/plain; charset=utf-8',
      body: '',
    });
  });

  it('is no other event, and no event without a name', () => {
    assert.equal(answerTo(signGithub()), null);
    assert.equal(answerTo(withoutHeader(signGithub(), 'x-github-event')), null);
  });
});

describe('questions about the address', () => {
  it('are asked by three senders alone', () => {
    const asking = senderNames.filter((name) => 'handshake' in senderPresets[name]);
    assert.deepEqual(asking, ['github', 'slack', 'discord']);
  });

  it('are not seen in 100 000 levels of JSON', () => {
    const deep = written([], `{"type":${'['.repeat(100_000)}`);
    for (const name of ['slack', 'discord', 'github'] as const)
      assert.equal(senderPresets[name].handshake?.(callOf(deep)), null);
  });
});
