// What a preset says where its sources say nothing: the bot's own answer is relayed, and nothing is made up.
import type { SenderAnswer, SenderRetries } from './contract.ts';

export const unknownAnswer: SenderAnswer = {
  mode: 'wait',
  acknowledgement: null,
  success: 'any-2xx',
  readsBody: false,
  waitsMs: null,
};

export const unknownRetries: SenderRetries = {
  on: 'unknown',
  schedule: null,
  tooManyRequests: null,
  windowMs: null,
};
