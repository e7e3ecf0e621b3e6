import { createHash } from 'node:crypto';
import { bytesOf, calledUrl, type SenderSetup, type Sign } from './contract.ts';
import { chosen, formType, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['made-up auth token 1', 'made-up auth token 2', 'made-up auth token 3'],
  signatureHeader: 'x-twilio-signature',
  toleranceMs: null,
};

const message =
  'ToCountry=US&MessageSid=SM11&From=%2B14158675309&Body=Caf%C3%A9+at+5%3F&To=%2B18005551212&NumMedia=0';

function sortedFields(body: Uint8Array): string {
  const fields = [...new URLSearchParams(Buffer.from(body).toString('latin1'))];
  fields.sort(([one], [other]) => (one < other ? -1 : 1));
  return fields.map(([name, value]) => name + value).join('');
}

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, message);
  const signature = mac('sha1', call.secret, 'base64', [call.url, sortedFields(call.body)]);
  return post(call, [...formType, 'X-Twilio-Signature', signature]);
};

/** A body that is no form: the URL bears its digest. */
export const signJson: Sign = (params = {}) => {
  const { url = calledUrl, body = '{"property": "value", "boolean": true}' } = params;
  const digest = createHash('sha256').update(bytesOf(body)).digest('hex');
  const signed = `${url}${url.includes('?') ? '&' : '?'}bodySHA256=${digest}`;
  const call = chosen({ ...params, url: signed, body }, setup, '');
  const signature = mac('sha1', call.secret, 'base64', [signed]);
  return post(call, [...jsonType, 'X-Twilio-Signature', signature]);
};
