import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['made-up key 1', 'made-up key 2', 'made-up key 3'],
  settings: {
    header: 'X-Signature',
    prefix: 'v1:',
    signed: '{method} {target} {timestamp}.{body}',
    timestampHeader: 'X-Signed-At',
    tolerance: 60_000,
  },
  signatureHeader: 'x-signature',
  toleranceMs: 60_000,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, '{"id":7,"state":"paid"}');
  const request = post(call, []);
  const signature = mac('sha256', call.secret, 'hex', [
    `${request.method} ${request.target} ${call.seconds}.`,
    call.body,
  ]);
  return {
    ...request,
    headers: [...jsonType, 'X-Signed-At', call.seconds, 'X-Signature', `v1:${signature}`],
  };
};
