import { type SenderSetup, type Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['MADE-UP-MERCHANT-KEY-1', 'MADE-UP-MERCHANT-KEY-2', 'MADE-UP-MERCHANT-KEY-3'],
  settings: { payoutKeys: ['MADE-UP-PAYOUT-KEY-1', 'MADE-UP-PAYOUT-KEY-2'] },
  signatureHeader: 'hmac',
  toleranceMs: null,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(
    params,
    setup,
    '{"track_id":"151811887","status":"paid","type":"invoice","amount":10,"currency":"POL","order_id":"7"}',
  );
  return post(call, [...jsonType, 'HMAC', mac('sha512', call.secret, 'hex', [call.body])]);
};
