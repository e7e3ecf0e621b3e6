import type { SenderName } from '../core/senders.ts';
import type { SenderPreset } from './contract.ts';
import { ccpayment } from './presets/ccpayment.ts';
import { coinbaseCommerce } from './presets/coinbaseCommerce.ts';
import { coinpayments } from './presets/coinpayments.ts';
import { coinpaymentsV3 } from './presets/coinpaymentsV3.ts';
import { cryptapi } from './presets/cryptapi.ts';
import { cryptomus } from './presets/cryptomus.ts';
import { cryptoPay } from './presets/cryptoPay.ts';
import { discord } from './presets/discord.ts';
import { freekassa } from './presets/freekassa.ts';
import { github } from './presets/github.ts';
import { hmac } from './presets/hmac.ts';
import { liqpay } from './presets/liqpay.ts';
import { nowpayments } from './presets/nowpayments.ts';
import { oxapay } from './presets/oxapay.ts';
import { paddle } from './presets/paddle.ts';
import { paypal } from './presets/paypal.ts';
import { plisio } from './presets/plisio.ts';
import { shopify } from './presets/shopify.ts';
import { slack } from './presets/slack.ts';
import { standardWebhooks } from './presets/standardWebhooks.ts';
import { stripe } from './presets/stripe.ts';
import { telegram } from './presets/telegram.ts';
import { twilio } from './presets/twilio.ts';
import { yookassa } from './presets/yookassa.ts';

/** Every sender that Hookward knows, by the name that a route's `sender` bears. */
export const senderPresets: Readonly<Record<SenderName, SenderPreset>> = {
  telegram,
  stripe,
  github,
  paypal,
  'coinbase-commerce': coinbaseCommerce,
  nowpayments,
  'crypto-pay': cryptoPay,
  yookassa,
  shopify,
  slack,
  discord,
  twilio,
  paddle,
  liqpay,
  cryptomus,
  plisio,
  coinpayments,
  'coinpayments-v3': coinpaymentsV3,
  freekassa,
  oxapay,
  ccpayment,
  cryptapi,
  'standard-webhooks': standardWebhooks,
  hmac,
};
