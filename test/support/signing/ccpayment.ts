import { createHash } from 'node:crypto';
import { type SenderSetup, type Sign } from './contract.ts';
import { chosen, jsonType, post } from './request.ts';

const appId = '202302010636261620672405236006912';

export const setup: SenderSetup = {
  secrets: ['made-up app secret 1', 'made-up app secret 2', 'made-up app secret 3'],
  settings: { appId },
  signatureHeader: 'sign',
  toleranceMs: 120_000,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, '{"pay_status":"success","order_type":"API","record_id":"7"}');
  const hash = createHash('sha256').update(appId).update(call.secret).update(call.seconds).update(call.body);
  return post(call, [...jsonType, 'Appid', appId, 'Timestamp', call.seconds, 'Sign', hash.digest('hex')]);
};
