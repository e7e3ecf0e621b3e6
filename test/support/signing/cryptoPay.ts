import { createHash } from 'node:crypto';
import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['12345:AAmade-up-1', '12345:AAmade-up-2', '12345:AAmade-up-3'],
  signatureHeader: 'crypto-pay-api-signature',
  toleranceMs: null,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(
    params,
    setup,
    '{"update_id":1,"update_type":"invoice_paid","payload":{"invoice_id":528890,"status":"paid"}}',
  );
  const key = createHash('sha256').update(call.secret).digest();
  return post(call, [...jsonType, 'Crypto-Pay-API-Signature', mac('sha256', key, 'hex', [call.body])]);
};
