import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['made-up secret 1', 'made-up secret 2', 'made-up secret 3'],
  signatureHeader: 'x-hub-signature-256',
  toleranceMs: null,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, '{"ref":"refs/heads/v1","commits":[]}');
  const signature = mac('sha256', call.secret, 'hex', [call.body]);
  return post(call, [
    ...jsonType,
    'X-GitHub-Event',
    'push',
    'X-GitHub-Delivery',
    '72d3162e-cc78-11e3-81ab-4c9367dc0958',
    'X-Hub-Signature-256',
    `sha256=${signature}`,
  ]);
};
