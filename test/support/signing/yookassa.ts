import { type SenderSetup, type Sign } from './contract.ts';
import { chosen, jsonType, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: [],
  addresses: ['185.71.76.1', '77.75.153.0/25', '2a02:5180:0:1509::/64'],
  signatureHeader: null,
  toleranceMs: null,
};

export const sign: Sign = (params = {}) => {
  const event =
    '{"type":"notification","event":"payment.succeeded","object":{"id":"22d6d597-000f-5000-9000-145f6df21d6f","status":"succeeded"}}';
  return post(chosen(params, setup, event), [...jsonType]);
};
