import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: [
    '8f742231b10e8888abcd99yyyzzz85a5',
    '1f742231b10e8888abcd99yyyzzz85a6',
    '2f742231b10e8888abcd99yyyzzz85a7',
  ],
  signatureHeader: 'x-slack-signature',
  toleranceMs: 300_000,
};

const event =
  '{"token":"made-up","team_id":"T1","type":"event_callback","event_id":"Ev1","event_time":1779019200,"event":{"type":"app_mention","text":"hi"}}';

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, event);
  const signature = mac('sha256', call.secret, 'hex', [`v0:${call.seconds}:`, call.body]);
  return post(call, [
    ...jsonType,
    'X-Slack-Request-Timestamp',
    call.seconds,
    'X-Slack-Signature',
    `v0=${signature}`,
  ]);
};
