import type { SenderName } from '../../../../src/core/senders.ts';
import * as ccpayment from '../../../support/signing/ccpayment.ts';
import * as coinpayments from '../../../support/signing/coinpayments.ts';
import * as coinpaymentsV3 from '../../../support/signing/coinpaymentsV3.ts';
import type { SenderSetup, Sign } from '../../../support/signing/contract.ts';
import * as cryptapi from '../../../support/signing/cryptapi.ts';
import * as cryptomus from '../../../support/signing/cryptomus.ts';
import * as freekassa from '../../../support/signing/freekassa.ts';
import * as liqpay from '../../../support/signing/liqpay.ts';
import * as nowpayments from '../../../support/signing/nowpayments.ts';
import * as oxapay from '../../../support/signing/oxapay.ts';
import * as paypal from '../../../support/signing/paypal.ts';
import * as plisio from '../../../support/signing/plisio.ts';
import * as yookassa from '../../../support/signing/yookassa.ts';

/** One way in which a sender of payments calls. */
export interface Signing {
  readonly title: string;
  readonly sender: SenderName;
  readonly setup: SenderSetup;
  readonly sign: Sign;
}

function signing(sender: SenderName, setup: SenderSetup, sign: Sign, title: string = sender): Signing {
  return { title, sender, setup, sign };
}

/** Every way in which every sender of payments calls, but YooKassa, which signs nothing. */
export const signings: readonly Signing[] = [
  signing('paypal', paypal.setup, paypal.sign),
  signing('nowpayments', nowpayments.setup, nowpayments.sign),
  signing('liqpay', liqpay.setup, liqpay.sign),
  signing('cryptomus', cryptomus.setup, cryptomus.sign),
  signing('plisio', plisio.setup, plisio.sign, 'plisio, a form'),
  signing('plisio', plisio.setup, plisio.signJson, 'plisio, JSON'),
  signing('coinpayments', coinpayments.setup, coinpayments.sign),
  signing('coinpayments-v3', coinpaymentsV3.setup, coinpaymentsV3.sign),
  signing('freekassa', freekassa.setup, freekassa.sign, 'freekassa, a POST'),
  signing('freekassa', freekassa.setup, freekassa.signGet, 'freekassa, a GET'),
  signing('oxapay', oxapay.setup, oxapay.sign),
  signing('ccpayment', ccpayment.setup, ccpayment.sign),
  signing('cryptapi', cryptapi.setup, cryptapi.sign, 'cryptapi, a GET'),
  signing('cryptapi', cryptapi.setup, cryptapi.signPost, 'cryptapi, a POST'),
];

export const yookassaSigning = signing('yookassa', yookassa.setup, yookassa.sign);
