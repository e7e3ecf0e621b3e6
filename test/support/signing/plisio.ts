import { type SenderSetup, type Sign } from './contract.ts';
import { chosen, formType, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['made-up API key 1', 'made-up API key 2', 'made-up API key 3'],
  signatureHeader: null,
  toleranceMs: null,
};

const invoice = {
  txn_id: '61b19fd3f609ba61f4282547',
  ipn_type: 'invoice',
  amount: '15.300000',
  status: 'completed',
  comment: 'Счёт №7: café',
  expire_utc: '1638993000',
  tx_urls: '[&quot;https://example.com/tx/1&quot;]',
};

/** PHP's `serialize()` of the sorted fields. */
function serialized(fields: readonly (readonly [string, string])[]): string {
  const text = (value: string) => `s:${String(Buffer.byteLength(value))}:"${value}";`;
  const pairs = fields
    .map(([name, value]) => [name, name === 'tx_urls' ? value.replaceAll('&quot;', '"') : value] as const)
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return `a:${String(pairs.length)}:{${pairs.map(([name, value]) => text(name) + text(value)).join('')}}`;
}

/** The body that is chosen is a form without `verify_hash`. */
export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, new URLSearchParams(invoice).toString());
  const form = Buffer.from(call.body).toString('latin1');
  const hash = mac('sha1', call.secret, 'hex', [serialized([...new URLSearchParams(form)])]);
  return post({ ...call, body: Buffer.from(`${form}&verify_hash=${hash}`) }, [...formType]);
};

/** What a callback URL with `?json=true` is sent; signed by Plisio's own Node.js SDK's rule. */
export const signJson: Sign = (params = {}) => {
  const call = chosen(params, setup, JSON.stringify(invoice));
  const fields = JSON.parse(Buffer.from(call.body).toString('utf8')) as Record<string, unknown>;
  const names = Object.keys(fields).sort();
  const signed = JSON.stringify(Object.fromEntries(names.map((name) => [name, String(fields[name])])));
  const body = JSON.stringify({ ...fields, verify_hash: mac('sha1', call.secret, 'hex', [signed]) });
  return post({ ...call, body: Buffer.from(body) }, [...jsonType]);
};
