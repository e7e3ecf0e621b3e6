import { createHash } from 'node:crypto';
import { calledUrl, targetOf, type SenderSetup, type Sign } from './contract.ts';
import { chosen, formType, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['made-up word 1', 'made-up word 2', 'made-up word 3'],
  settings: { merchant: '14963' },
  signatureHeader: null,
  toleranceMs: null,
};

const payment = 'MERCHANT_ID=14963&AMOUNT=99.50&intid=50123&MERCHANT_ORDER_ID=ID_234&P_EMAIL=a%40example.com';

/** `form` and its signature behind it. */
export function signedForm(form: string, secret: string): string {
  const fields = new URLSearchParams(form);
  const field = (name: string) => fields.get(name) ?? '';
  const text = `${field('MERCHANT_ID')}:${field('AMOUNT')}:${secret}:${field('MERCHANT_ORDER_ID')}`;
  return `${form}&SIGN=${createHash('md5').update(text).digest('hex')}`;
}

/** The body that is chosen is a form without `SIGN`. */
export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, payment);
  const form = signedForm(Buffer.from(call.body).toString('latin1'), call.secret);
  return post({ ...call, body: Buffer.from(form) }, [...formType]);
};

/** The same fields in the query of a GET. */
export const signGet: Sign = (params = {}) => {
  const { secret = setup.secrets[0] ?? '', url: called = calledUrl } = params;
  const url = `${called}&${signedForm(payment, secret)}`;
  return { method: 'GET', url, target: targetOf(url), headers: [], body: Buffer.alloc(0) };
};
