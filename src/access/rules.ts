import type { AddressSet } from './addressSet.ts';
import { createAddressSet } from './addressSet.ts';
import type { BookRules } from './accessBook.ts';
import type { GateSettings, RateLimit, WhitelistSettings } from './contract.ts';
import type { LimitGuard } from './limitGuard.ts';
import type { AddressRange } from './range.ts';
import { parseRange } from './range.ts';

/** A whitelist made ready to be asked. */
export interface WhitelistRules {
  readonly mode: WhitelistSettings['mode'];
  readonly configured: AddressSet;
}

/** A limit and what keeps it. */
export interface LimitRules {
  readonly limit: RateLimit;
  readonly guard: LimitGuard;
}

/** The gate's settings made ready: compiled once per reload, so that a request parses nothing. */
export interface GateRules extends BookRules {
  readonly whitelist: WhitelistRules;
  readonly perAddress: LimitRules | null;
  readonly trusted: AddressSet;
  /** Every address that a whitelist in force lists, the general one or any route's. */
  readonly listedAnywhere: AddressSet;
  readonly routes: ReadonlyMap<string, RouteRules>;
}

/** A route's part of the rules. */
export interface RouteRules {
  readonly whitelist: WhitelistRules | null;
  readonly limit: LimitRules | null;
}

/** Makes the keeper of a limit: `address` limits are kept per client address, `route` limits per route. */
export type GuardFor = (limit: RateLimit, scope: 'address' | 'route') => LimitGuard;

export const loopback: readonly string[] = ['127.0.0.0/8', '::1'];

function parsedRanges(texts: readonly string[]): AddressRange[] {
  return texts.flatMap((text) => {
    const parsed = parseRange(text);
    return parsed.ok ? [parsed.range] : [];
  });
}

function whitelistRules(settings: WhitelistSettings): WhitelistRules {
  return { mode: settings.mode, configured: createAddressSet(settings.addresses) };
}

function listedAnywhere({ access, routes }: GateSettings): AddressSet {
  const whitelists = [access.whitelist, ...routes.map(({ whitelist }) => whitelist)];
  return createAddressSet(
    whitelists.flatMap((list) => (list === null || list.mode === 'off' ? [] : list.addresses)),
  );
}

/** Makes settings ready. Never throws: an address that cannot be parsed lists nobody and is no proxy. */
export function compileRules(settings: GateSettings, guardFor: GuardFor): GateRules {
  const { access, routes, trustedProxies } = settings;
  const limitRules = (limit: RateLimit | null, scope: 'address' | 'route') =>
    limit === null ? null : { limit, guard: guardFor(limit, scope) };
  return {
    whitelist: whitelistRules(access.whitelist),
    perAddress: limitRules(access.perAddress, 'address'),
    bans: access.bans,
    entriesMax: access.addressesMax,
    trusted: createAddressSet(trustedProxies),
    listedAnywhere: listedAnywhere(settings),
    shielded: parsedRanges([...trustedProxies, ...loopback]),
    routes: new Map(
      routes.map(({ name, rateLimit, whitelist }) => [
        name,
        {
          whitelist: whitelist === null ? null : whitelistRules(whitelist),
          limit: limitRules(rateLimit, 'route'),
        },
      ]),
    ),
  };
}

/** An address of the configuration that is none. */
export interface AddressProblem {
  /** Where it stands, from the root of the configuration. */
  readonly path: readonly (string | number)[];
  /** What is wrong, for the operator. */
  readonly message: string;
}

/** Every address in the settings that `parseRange` refuses: the check that a configuration must pass. */
export function findAddressProblems(settings: GateSettings): readonly AddressProblem[] {
  const problems: AddressProblem[] = [];
  const check = (texts: readonly string[], path: readonly (string | number)[]) => {
    for (const [index, text] of texts.entries()) {
      const parsed = parseRange(text);
      if (!parsed.ok) problems.push({ path: [...path, index], message: parsed.problem });
    }
  };
  check(settings.trustedProxies, ['trustedProxies']);
  check(settings.access.whitelist.addresses, ['access', 'whitelist', 'addresses']);
  for (const [index, route] of settings.routes.entries()) {
    if (route.whitelist !== null)
      check(route.whitelist.addresses, ['routes', index, 'whitelist', 'addresses']);
  }
  return problems;
}
