import { createHash } from 'node:crypto';
import { type SenderSetup, type Sign } from './contract.ts';
import { chosen, formType, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['sandbox_made_up_1', 'sandbox_made_up_2', 'sandbox_made_up_3'],
  signatureHeader: null,
  toleranceMs: null,
};

/** A call with `data` in its form as it is given. */
export function signedForm(data: string, secret: string): string {
  const signature = createHash('sha1').update(`${secret}${data}${secret}`).digest('base64');
  return new URLSearchParams({ data, signature }).toString();
}

/** The body that is chosen stands in base64 in `data`. */
export const sign: Sign = (params = {}) => {
  const call = chosen(
    params,
    setup,
    '{"action":"pay","payment_id":165629,"status":"success","order_id":"7"}',
  );
  const form = signedForm(Buffer.from(call.body).toString('base64'), call.secret);
  return post({ ...call, body: Buffer.from(form) }, [...formType]);
};
