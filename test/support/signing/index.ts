// Every sender's signer, by the name that a route's `sender` bears.
import type { SenderName } from '../../../src/core/senders.ts';
import * as ccpayment from './ccpayment.ts';
import { setup as coinbaseCommerceSetup, sign as signCoinbaseCommerce } from './coinbaseCommerce.ts';
import * as coinpayments from './coinpayments.ts';
import * as coinpaymentsV3 from './coinpaymentsV3.ts';
import type { SenderSetup, Sign, SignedRequest, SignParams } from './contract.ts';
import * as cryptapi from './cryptapi.ts';
import * as cryptomus from './cryptomus.ts';
import { setup as cryptoPaySetup, sign as signCryptoPay } from './cryptoPay.ts';
import * as discord from './discord.ts';
import * as freekassa from './freekassa.ts';
import * as github from './github.ts';
import * as hmac from './hmac.ts';
import * as liqpay from './liqpay.ts';
import * as nowpayments from './nowpayments.ts';
import * as oxapay from './oxapay.ts';
import * as paddle from './paddle.ts';
import * as paypal from './paypal.ts';
import * as plisio from './plisio.ts';
import * as shopify from './shopify.ts';
import * as slack from './slack.ts';
import * as standardWebhooks from './standardWebhooks.ts';
import * as stripe from './stripe.ts';
import * as telegram from './telegram.ts';
import * as twilio from './twilio.ts';
import * as yookassa from './yookassa.ts';

export interface Signer {
  readonly sign: Sign;
  readonly setup: SenderSetup;
}

export const signers: Readonly<Record<SenderName, Signer>> = {
  telegram,
  stripe,
  github,
  paypal,
  'coinbase-commerce': { setup: coinbaseCommerceSetup, sign: signCoinbaseCommerce },
  nowpayments,
  'crypto-pay': { setup: cryptoPaySetup, sign: signCryptoPay },
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

/** A request as `sender` signs it. */
export function signedCall(sender: SenderName, params?: SignParams): SignedRequest {
  return signers[sender].sign(params);
}
