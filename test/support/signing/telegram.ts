import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['made-up_Token-1', 'made-up_Token-2', 'made-up_Token-3'],
  signatureHeader: 'x-telegram-bot-api-secret-token',
  toleranceMs: null,
};

const update =
  '{"update_id":623190,"message":{"message_id":7,"date":1779019200,"chat":{"id":77,"type":"private"},"text":"/start"}}';

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, update);
  return post(call, [...jsonType, 'X-Telegram-Bot-Api-Secret-Token', call.secret]);
};
