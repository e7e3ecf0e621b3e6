import { signingTime, type SenderSetup, type Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

const clientId = 'cc7caaa431d54ad6accfd28b20170ee4';

export const setup: SenderSetup = {
  secrets: ['made-up client secret 1', 'made-up client secret 2', 'made-up client secret 3'],
  settings: { clientId },
  signatureHeader: 'x-coinpayments-signature',
  toleranceMs: null,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, '{"id":"3fa85f64","type":"invoicePaid","invoice":{"id":"7"}}');
  const time = new Date(params.signedAt ?? signingTime).toISOString().slice(0, 19);
  const parts = [Buffer.from([0xef, 0xbb, 0xbf]), `POST${call.url}${clientId}${time}`, call.body];
  return post(call, [
    ...jsonType,
    'X-CoinPayments-Client',
    clientId,
    'X-CoinPayments-Timestamp',
    time,
    'X-CoinPayments-Signature',
    mac('sha256', call.secret, 'base64', parts),
  ]);
};
