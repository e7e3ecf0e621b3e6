// What only shows when a configuration is held against what Hookward knows of senders and addresses.
import { findAddressProblems } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import { HookwardError } from '../core/errors.ts';
import { findSenderProblems, senderPresets, type SenderAddressBook } from '../senders/index.ts';
import { senderAddressBook, senderOf, withSenders } from './senderAddresses.ts';

/** Something wrong with a configuration, by its place from the root. Repeats no value. */
export interface ConfigFinding {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string;
}

type Finding = ConfigFinding;

function presetFindings(config: Config, book: SenderAddressBook): Finding[] {
  const { publicUrl } = config;
  return config.routes.flatMap((route, at): Finding[] => {
    const { sender, secrets, verify, senderSettings: settings } = route;
    if (sender === null) return [];
    const findings = findSenderProblems(sender, { secrets, settings, publicUrl, verify });
    const found = findings.map((finding) => ({
      path: ['routes', at, ...finding.at.filter((step) => step !== undefined)],
      message: finding.message,
    }));
    if (!senderPresets[sender].checksAddress || book[sender] !== undefined) return found;
    const message = 'its calls are told by their address, and none are known';
    return [...found, { path: ['routes', at, 'sender'], message }];
  });
}

/** Settings that the sender's preset leaves without any effect. */
function idleFindings(config: Config): Finding[] {
  return config.routes.flatMap(({ sender, dedupe, answer }, at): Finding[] => {
    if (sender === null) return [];
    const { title, eventId, answer: preset } = senderPresets[sender];
    const findings: Finding[] = [];
    if (dedupe !== null && dedupe !== 'off' && dedupe.key === null && eventId === null) {
      const message = `where the event's own id stands is not known of ${title}: a key is needed`;
      findings.push({ path: ['routes', at, 'dedupe'], message });
    }
    if (answer.success === 'acknowledge' && answer.mode === null && preset.mode === 'ack') {
      const message = `has no effect: calls of ${title} are acknowledged before the bot answers`;
      findings.push({ path: ['routes', at, 'answer', 'success'], message, hint: 'set answer.mode: wait' });
    }
    return findings;
  });
}

function referenceFindings(config: Config, book: SenderAddressBook): Finding[] {
  const lists = [
    { path: ['access', 'whitelist', 'addresses'], addresses: config.access.whitelist.addresses },
    ...config.routes.map(({ whitelist }, at) => ({
      path: ['routes', at, 'whitelist', 'addresses'],
      addresses: whitelist?.addresses ?? [],
    })),
  ];
  return lists.flatMap(({ path, addresses }) =>
    addresses.flatMap((entry, index) => {
      const sender = senderOf(entry);
      if (sender === null || book[sender] !== undefined) return [];
      const message = `${senderPresets[sender].title} publishes no addresses that are known here`;
      const hint = `put them into the file of senderAddresses, or list them one by one`;
      return [{ path: [...path, index], message, hint }];
    }),
  );
}

/** Each `sender:NAME` passes for an address here, so that all others keep their places. */
function addressFindings(config: Config): readonly Finding[] {
  return findAddressProblems(withSenders(config, () => ['::1']));
}

/** All that is wrong with a configuration that is valid by itself, by what `book` knows of senders' addresses. */
export function findingsOf(config: Config, book: SenderAddressBook): readonly ConfigFinding[] {
  return [
    ...addressFindings(config),
    ...presetFindings(config, book),
    ...idleFindings(config),
    ...referenceFindings(config, book),
  ];
}

/** `findingsOf` with the addresses in force; that their file cannot be used is a finding too. */
export function inspectConfig(config: Config): readonly ConfigFinding[] {
  try {
    return findingsOf(config, senderAddressBook(config));
  } catch (error) {
    if (!(error instanceof HookwardError)) throw error;
    return [{ path: ['senderAddresses'], message: error.message }];
  }
}
