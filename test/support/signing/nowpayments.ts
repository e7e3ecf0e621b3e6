import { type SenderSetup, type Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['made-up IPN key 1', 'made-up IPN key 2', 'made-up IPN key 3'],
  signatureHeader: 'x-nowpayments-sig',
  toleranceMs: null,
};

const payment =
  '{"payment_id":5077125051,"payment_status":"waiting","pay_address":"0xd1cDE08A07cD25adEbEd35c3867a59228C09B606","price_amount":170,"price_currency":"usd","pay_amount":155.38559757,"order_description":"Café & co / 1","fee":{"withdrawalFee":0,"currency":"btc","depositFee":1e-7}}';

/** Every object with its members sorted, as the vendor's SDK has it. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, sorted(member)]));
}

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, payment);
  const text = JSON.stringify(sorted(JSON.parse(Buffer.from(call.body).toString('utf8'))));
  return post(call, [...jsonType, 'x-nowpayments-sig', mac('sha512', call.secret, 'hex', [text])]);
};
