import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset, Verify } from '../contract.ts';
import { bodyHmacVerifier } from '../signature/bodyHmac.ts';
import { soleField } from '../signature/callFields.ts';
import { hexBytes } from '../signature/encoding.ts';
import { formFields } from '../signature/form.ts';
import { hmacKeys } from '../signature/hmac.ts';

/** Whether the form is signed by HMAC by its own account, and for a merchant: ours, where it was named. */
function isForMerchant(body: Uint8Array, expected: string | undefined): boolean {
  const fields = formFields(body);
  if (fields === null) return false;
  const [mode, merchant] = [soleField(fields, 'ipn_mode'), soleField(fields, 'merchant')];
  if ('problem' in mode || 'problem' in merchant) return false;
  return mode.value === 'hmac' && (expected === undefined || merchant.value === expected);
}

function verifier(secrets: readonly string[], merchant: string | undefined): Verify {
  const isBodySigned = bodyHmacVerifier({
    algorithm: 'sha512',
    keys: hmacKeys(secrets),
    header: 'hmac',
    decode: hexBytes,
  });
  return async (call) => {
    const verdict = await isBodySigned(call);
    return verdict === 'verified' && !isForMerchant(call.body, merchant) ? 'signature-wrong' : verdict;
  };
}

export const coinpayments: SenderPreset = {
  name: 'coinpayments',
  title: 'CoinPayments (IPN)',
  signature: 'HMAC-SHA512 of the body, hex, in `HMAC`; the form names the merchant',
  secret: 'the IPN secret',
  settings: { required: [], optional: ['merchant'] },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: {
    mode: 'ack',
    acknowledgement: emptyOk,
    success: 'any-2xx',
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'an error in sending',
    schedule: 'up to 10 times, in no order',
    tooManyRequests: null,
    windowMs: null,
  },
  // `txn_id` and status would not do: one transaction may pay several addresses, and is told of again at each confirmation.
  eventId: ['form:ipn_id'],
  sources: [
    'https://www.coinpayments.net/merchant-tools-ipn',
    'https://github.com/CoinPaymentsNet/coinpayments-woocommerce/blob/6ca4ef0/class-wc-gateway-coinpayments.php',
  ],
  unknown: [
    'which answers it takes for an error: it says no more than that there must be none',
    'whether 429 makes it send again',
    'how long it waits for an answer',
    'when it sends again',
    'its addresses',
  ],
  notes: ['No time is signed.', 'Without `merchant` the IPNs of every merchant with this secret are taken.'],
  verifier: ({ secrets, settings }) => verifier(secrets, settings.merchant),
};
