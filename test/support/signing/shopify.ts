import type { SenderSetup, Sign } from './contract.ts';
import { chosen, jsonType, mac, post } from './request.ts';

export const setup: SenderSetup = {
  secrets: ['shpss_made_up_1', 'shpss_made_up_2', 'shpss_made_up_3'],
  signatureHeader: 'x-shopify-hmac-sha256',
  toleranceMs: null,
};

export const sign: Sign = (params = {}) => {
  const call = chosen(params, setup, '{"id":820982911946154508,"total_price":"403.00"}');
  return post(call, [
    ...jsonType,
    'X-Shopify-Topic',
    'orders/create',
    'X-Shopify-Hmac-SHA256',
    mac('sha256', call.secret, 'base64', [call.body]),
    'X-Shopify-Shop-Domain',
    'made-up.myshopify.com',
    'X-Shopify-API-Version',
    '2026-04',
    'X-Shopify-Webhook-Id',
    'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
    'X-Shopify-Triggered-At',
    '2026-05-17T12:00:00.000000000Z',
  ]);
};
