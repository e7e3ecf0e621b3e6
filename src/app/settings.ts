// What the configuration becomes before anything may use it. Built whole, then put in force whole: one assignment.
import { findAddressProblems } from '../access/index.ts';
import type { BotHostConfig, Config } from '../config/index.ts';
import { HookwardError } from '../core/errors.ts';
import { prepareIngressSettings, type IngressSettings } from '../ingress/index.ts';
import type { BotHostTarget } from '../forward/index.ts';
import { createLinkVerifier, type LinkVerifier } from '../links/index.ts';
import { createSigner, type Signer } from '../signing/index.ts';

/** Everything that a reload replaces. */
export interface Settings {
  readonly config: Config;
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

/**
 * Makes a configuration ready.
 *
 * @param signingKeys The configuration's keys, or the kept one where it has none.
 * @throws HookwardError `config-invalid`
 */
export function prepareSettings(config: Config, signingKeys: readonly string[], now: number): Settings {
  const [problem] = findAddressProblems(config);
  if (problem !== undefined) {
    throw new HookwardError('config-invalid', { message: `${problem.path.join('.')}: ${problem.message}` });
  }
  const hosts = Object.entries(config.botHosts);
  const longestAttemptMs = Math.max(...hosts.map(([, host]) => host.attemptTimeout));
  const { headerPrefix, optionsBytesMax } = config.signing;
  return {
    config,
    ingress: prepareIngressSettings({
      limits: config.limits,
      routes: config.routes,
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
  prepareSettings(config, config.signing.keys.length > 0 ? config.signing.keys : [formKey], 0);
}
