import { BlockList, isIP } from 'node:net';
import { emptyOk } from '../acknowledgements.ts';
import type { SenderPreset, Verify } from '../contract.ts';

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function verifier(addresses: readonly string[]): Verify {
  const published = new BlockList();
  for (const entry of addresses) {
    const [address = '', prefix] = entry.split('/', 2);
    if (prefix === undefined) published.addAddress(address, familyOf(address));
    else published.addSubnet(address, Number(prefix), familyOf(address));
  }
  return ({ ip }) =>
    isIP(ip) !== 0 && published.check(ip, familyOf(ip)) ? 'verified' : 'sender-address-wrong';
}

export const yookassa: SenderPreset = {
  name: 'yookassa',
  title: 'YooKassa',
  signature: 'none: its calls are told by the address that they come from',
  secret: null,
  settings: { required: [], optional: [] },
  signsUrl: false,
  checksAddress: true,
  unsigned: ['method', 'path', 'query', 'headers', 'body'],
  answer: {
    mode: 'ack',
    acknowledgement: emptyOk,
    success: [200],
    readsBody: false,
    waitsMs: null,
  },
  retries: {
    on: 'any answer but 200',
    schedule: null,
    tooManyRequests: 'retried',
    windowMs: null,
  },
  eventId: ['json:/event', 'json:/object/id'],
  sources: [
    'https://yookassa.ru/developers/using-api/webhooks',
    'https://github.com/yoomoney/yookassa-sdk-php/blob/7ebbab8/lib/Helpers/SecurityHelper.php',
  ],
  unknown: ['how long it waits for an answer', 'when, how often and for how long it sends again'],
  notes: [
    "Nothing is signed: a bot should ask YooKassa's API for the object before it acts on a notification.",
    'The address must be the true one: behind a proxy of your own, name it in `trustedProxies`.',
  ],
  verifier: ({ addresses }) => verifier(addresses),
};
