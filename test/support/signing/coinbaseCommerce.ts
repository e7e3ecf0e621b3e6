import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: [
    '30291a20-0bd1-4267-9b0f-e6e7b123c0bf',
    '40291a20-0bd1-4267-9b0f-e6e7b123c0bf',
    '50291a20-0bd1-4267-9b0f-e6e7b123c0bf',
  ],
  signatureHeader: 'x-cc-webhook-signature',
  toleranceMs: null,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(
    params,
    setup,
    '{"id":1,"attempt_number":1,"event":{"id":"24934862-d980","type":"charge:created"}}',
  );
  const signature = mac('sha256', call.secret, 'hex', [call.body]);
  return post(call, [...jsonType, 'X-CC-Webhook-Signature', signature]);
};
