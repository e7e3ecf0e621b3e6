import { createHash } from 'node:crypto';
import { type SenderSetup, type Sign } from './contract.ts';
import { chosen, jsonType, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['made-up payment key', 'made-up payout key', 'made-up payment key 2'],
  signatureHeader: null,
  toleranceMs: null,
};

const payment = String.raw`{"type":"payment","uuid":"62f88b36-a9d5-4fa6-aa26-e040c3dbf26d","order_id":"97a75bf8","amount":"3.00000000","payment_amount_usd":"0.23","is_final":true,"status":"paid","additional_data":"заказ №7","txid":"6f0d9c83","url":"https:\/\/example.com\/cb"}`;

export function digestOf(json: string, secret: string): string {
  return createHash('md5')
    .update(Buffer.from(json, 'utf8').toString('base64') + secret)
    .digest('hex');
}

/** The body that is chosen is a JSON object without `sign`, as PHP writes it; `sign` is put behind its last member. */
export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, payment);
  const json = Buffer.from(call.body).toString('utf8');
  const end = json.lastIndexOf('}');
  const body = Buffer.from(`${json.slice(0, end)},"sign":"${digestOf(json, call.secret)}"}`);
  return post({ ...call, body }, [...jsonType]);
};
