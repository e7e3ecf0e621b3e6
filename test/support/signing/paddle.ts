import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['pdl_ntfset_made_up_1', 'pdl_ntfset_made_up_2', 'pdl_ntfset_made_up_3'],
  signatureHeader: 'paddle-signature',
  toleranceMs: 5_000,
};

const event =
  '{"event_id":"evt_01","event_type":"transaction.completed","occurred_at":"2026-05-17T12:00:00Z","notification_id":"ntf_01","data":{"id":"txn_01"}}';

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, event);
  const signature = mac('sha256', call.secret, 'hex', [`${call.seconds}:`, call.body]);
  return post(call, [...jsonType, 'Paddle-Signature', `ts=${call.seconds};h1=${signature}`]);
};
