import { type SenderSetup, type Sign } from './contract.ts';
import { chosen, formType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['made-up IPN secret 1', 'made-up IPN secret 2', 'made-up IPN secret 3'],
  settings: { merchant: '5418303a5fc165090ee8a9177a3982de' },
  signatureHeader: 'hmac',
  toleranceMs: null,
};

const ipn =
  'ipn_version=1.0&ipn_id=230c6ea3eb116716b79914a3b9ee19f4&ipn_mode=hmac&merchant=5418303a5fc165090ee8a9177a3982de&ipn_type=api&txn_id=CPDF3OEBF2FBBABD8WQMBQS368&status=100&status_text=Complete&currency1=USD&amount1=0.75';

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, ipn);
  return post(call, [...formType, 'HMAC', mac('sha512', call.secret, 'hex', [call.body])]);
};
