import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['whsec_made_up_1', 'whsec_made_up_2', 'whsec_made_up_3'],
  signatureHeader: 'stripe-signature',
  toleranceMs: 300_000,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, '{"id":"evt_1","object":"event","type":"charge.succeeded"}');
  const signature = mac('sha256', call.secret, 'hex', [`${call.seconds}.`, call.body]);
  return post(call, [...jsonType, 'Stripe-Signature', `t=${call.seconds},v1=${signature}`]);
};
