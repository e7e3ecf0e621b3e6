// What the configuration becomes before anything may use it. Built whole, then put in force whole: one assignment.
import type { BotHostConfig, Config } from '../config/index.ts';
import { HookwardError } from '../core/errors.ts';
import type { DeliverySettings } from '../delivery/index.ts';
import { prepareIngressSettings, type IngressSettings } from '../ingress/index.ts';
import type { BotHostTarget } from '../forward/index.ts';
import { createLinkVerifier, type LinkVerifier } from '../links/index.ts';
import type { DocumentSource } from '../senders/index.ts';
import { createSigner, type Signer } from '../signing/index.ts';
import { fetchDocument } from './documents.ts';
import { findingsOf } from './inspect.ts';
import { readyRoutes } from './routes.ts';
import { senderAddressBook, withSenders } from './senderAddresses.ts';

/** Everything that a reload replaces. */
export interface Settings {
  readonly config: Config;
  /** The configuration with the senders' addresses in its lists. */
  readonly gate: Pick<Config, 'access' | 'routes' | 'trustedProxies'>;
  readonly delivery: DeliverySettings;
  readonly ingress: IngressSettings;
  readonly links: LinkVerifier;
  readonly signer: Signer;
  readonly targets: readonly BotHostTarget[];
  /** Milliseconds since the epoch. */
  readonly loadedAt: number;
}

/** Beyond the longest attempt: time to wait for a place in the bot host's queue. */
const leaseMarginMs = 60_000;

/** What the forwarder must know of a bot host. */
function targetOf(name: string, host: BotHostConfig): BotHostTarget {
  const { url, hostHeader, concurrency, connectTimeout, attemptTimeout } = host;
  return { name, url, hostHeader, concurrency, connectTimeout, attemptTimeout };
}

/** What a configuration is made ready with. */
interface Surroundings {
  /** The configuration's keys, or the kept one where it has none. */
  readonly signingKeys: readonly string[];
  readonly documents: DocumentSource;
  readonly now: number;
}

/**
 * Makes a configuration ready.
 *
 * @throws HookwardError `config-invalid`
 */
export function prepareSettings(config: Config, { signingKeys, documents, now }: Surroundings): Settings {
  const addresses = senderAddressBook(config);
  const [problem] = findingsOf(config, addresses);
  if (problem !== undefined) {
    throw new HookwardError('config-invalid', { message: `${problem.path.join('.')}: ${problem.message}` });
  }
  const hosts = Object.entries(config.botHosts);
  const longestAttemptMs = Math.max(...hosts.map(([, host]) => host.attemptTimeout));
  const { headerPrefix, optionsBytesMax } = config.signing;
  const routes = readyRoutes(config, { addresses, documents });
  return {
    config,
    gate: withSenders(config, (sender) => addresses[sender]?.addresses ?? []),
    delivery: {
      publicUrl: config.publicUrl,
      botHosts: config.botHosts,
      routes: routes.map(({ delivery }) => delivery),
    },
    ingress: prepareIngressSettings({
      limits: config.limits,
      routes: routes.map(({ ingress }) => ingress),
      publicUrl: config.publicUrl,
      passThrough: config.passThrough,
      headerPrefix,
      leaseMs: longestAttemptMs + leaseMarginMs,
    }),
    links: createLinkVerifier(config.links),
    signer: createSigner({ keys: signingKeys, headerPrefix, optionsBytesMax }),
    targets: hosts.map(([name, host]) => targetOf(name, host)),
    loadedAt: now,
  };
}

/** A key that signs nothing: `assertUsable` needs one of the right form. */
const formKey = `whsec_${'A'.repeat(43)}=`;

/**
 * Finds what only shows when a configuration is put to use, such as paths that no request can have.
 *
 * @throws HookwardError `config-invalid`
 */
export function assertUsable(config: Config): void {
  const signingKeys = config.signing.keys.length > 0 ? config.signing.keys : [formKey];
  prepareSettings(config, { signingKeys, documents: fetchDocument, now: 0 });
}
