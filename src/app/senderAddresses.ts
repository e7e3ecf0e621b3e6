// Which addresses senders publish: those that Hookward ships with, and newer ones of the operator's file over them.
import { readFileSync } from 'node:fs';
import type { Config } from '../config/index.ts';
import { HookwardError } from '../core/errors.ts';
import { isSenderName, type SenderName } from '../core/senders.ts';
import {
  mergeSenderAddresses,
  parseSenderAddresses,
  shippedSenderAddresses,
  type SenderAddressBook,
} from '../senders/index.ts';

/** How a list of addresses names a sender's own. */
const referencePrefix = 'sender:';

/** The operator's file, or null where there is none. @throws HookwardError `config-invalid` */
function operatorsFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new HookwardError('config-invalid', { message: `${path} cannot be read`, cause });
  }
}

/**
 * The addresses in force.
 *
 * @throws HookwardError `config-invalid` for an operator's file that cannot be used.
 */
export function senderAddressBook({ senderAddresses }: Pick<Config, 'senderAddresses'>): SenderAddressBook {
  const shipped = shippedSenderAddresses();
  const newer = operatorsFile(senderAddresses);
  return newer === null ? shipped : mergeSenderAddresses(shipped, parseSenderAddresses(newer));
}

/** The sender that an entry of a list of addresses names; null for an ordinary address. */
export function senderOf(entry: string): SenderName | null {
  if (!entry.startsWith(referencePrefix)) return null;
  const name = entry.slice(referencePrefix.length);
  return isSenderName(name) ? name : null;
}

type Lists = Pick<Config, 'access' | 'routes' | 'trustedProxies'>;

/** The lists of addresses with each `sender:NAME` replaced as `addressesOf` says. */
export function withSenders<T extends Lists>(
  config: T,
  addressesOf: (sender: SenderName) => readonly string[],
): T {
  const listed = (addresses: readonly string[]) =>
    addresses.flatMap((entry) => {
      const sender = senderOf(entry);
      return sender === null ? [entry] : addressesOf(sender);
    });
  const whitelist = <W extends { readonly addresses: readonly string[] }>(given: W): W => ({
    ...given,
    addresses: listed(given.addresses),
  });
  return {
    ...config,
    access: { ...config.access, whitelist: whitelist(config.access.whitelist) },
    routes: config.routes.map((route) => ({
      ...route,
      whitelist: route.whitelist === null ? null : whitelist(route.whitelist),
    })),
  };
}
