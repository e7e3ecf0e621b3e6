import type { Clock, Timer } from '../core/clock.ts';
import { HookwardError } from '../core/errors.ts';
import type { RefusalCode } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import type { Current } from '../core/settings.ts';
import { AccessBook } from './accessBook.ts';
import { createAddressSet } from './addressSet.ts';
import type {
  AccessEntry,
  AccessEntryStore,
  AccessLists,
  AccessObserver,
  AccessStats,
  ClientAddress,
  Gate,
  GateSettings,
  GateVerdict,
  Lifted,
  NewEntry,
  RateLimit,
} from './contract.ts';
import type { Excess } from './limitGuard.ts';
import { limitLanes, WindowGuard } from './limitGuard.ts';
import type { GateRules, GuardFor } from './rules.ts';
import { compileRules, findAddressProblems, loopback } from './rules.ts';
import { WindowTable } from './windowTable.ts';

/** The gate, the lists behind it, and their life. */
export interface AccessGate extends Gate, AccessLists, Service {
  stats(): AccessStats;
}

const admitted: GateVerdict = Object.freeze({ admitted: true, exempt: false, wouldRefuse: false });
const admittedExempt: GateVerdict = Object.freeze({ admitted: true, exempt: true, wouldRefuse: false });
const admittedUnlisted: GateVerdict = Object.freeze({ admitted: true, exempt: false, wouldRefuse: true });
const admittedExemptUnlisted: GateVerdict = Object.freeze({
  admitted: true,
  exempt: true,
  wouldRefuse: true,
});

// No Retry-After: a banned caller is told nothing that helps it to time its next try.
const banned = refusedForGood('banned');
const notWhitelisted = refusedForGood('not-whitelisted');

function refusedForGood(refusal: RefusalCode): GateVerdict {
  return Object.freeze({ admitted: false, refusal, retryAfterSeconds: null, limit: null });
}

function refusedForNow(refusal: RefusalCode, limit: RateLimit, excess: Excess): GateVerdict {
  const seconds = Math.max(1, Math.ceil(excess.msBeforeNext / 1000));
  return {
    admitted: false,
    refusal,
    retryAfterSeconds: seconds,
    limit: { limit: limit.requests, remaining: 0, resetSeconds: seconds },
  };
}

const sweepEveryMs = 15_000;
/** A spared ban is said once in this time: the flood that earned it would otherwise flood the log. */
const sparedSaidEveryMs = 60_000;
/** Windows of routes that a reload took away are kept until there are this many. */
const routesMax = 65_536;

/** See `createGate`. */
class AddressGate implements AccessGate {
  readonly #settings: Current<GateSettings>;
  readonly #clock: Clock;
  readonly #observer: Partial<AccessObserver>;
  readonly #guardFor: GuardFor;
  readonly #addresses: WindowTable;
  readonly #book: AccessBook;
  readonly #loopback = createAddressSet(loopback);
  #compiledFrom: GateSettings;
  #compiled: GateRules;
  #sweep: Timer | null = null;
  #sparedSaidAt = -Infinity;
  #listedLimited = 0;

  constructor(params: GateParams) {
    const { settings, clock } = params;
    this.#settings = settings;
    this.#clock = clock;
    this.#observer = params.observer ?? {};
    const lanes = Object.keys(limitLanes).length;
    const addresses = new WindowTable({ lanes, keysMax: settings.current.access.addressesMax });
    const routes = new WindowTable({ lanes, keysMax: routesMax });
    this.#addresses = addresses;
    this.#guardFor =
      params.guardFor ??
      ((limit, scope) => new WindowGuard({ table: scope === 'address' ? addresses : routes, limit, clock }));
    this.#compiledFrom = settings.current;
    this.#compiled = compileRules(settings.current, this.#guardFor);
    this.#book = new AccessBook({
      rules: () => this.#rules(),
      store: params.store,
      clock,
      observer: this.#observer,
    });
  }

  async start(): Promise<void> {
    const [problem] = findAddressProblems(this.#settings.current);
    if (problem !== undefined) {
      const message = `${problem.path.join('.')}: ${problem.message}`;
      throw new HookwardError('config-invalid', { message });
    }
    await this.#book.load(this.#clock.now());
    this.#measure();
    this.#sweepLater();
  }

  stop(deadlineMs: number): Promise<void> {
    this.#sweep?.cancel();
    this.#sweep = null;
    return this.#book.close(deadlineMs);
  }

  admit(address: ClientAddress, now: number): GateVerdict | Promise<GateVerdict> {
    const rules = this.#rules();
    const { mode, configured } = rules.whitelist;
    const listed = mode !== 'off' && (configured.has(address) || this.#book.isAllowed(address, now));
    if (listed && mode === 'exempt') return admittedExempt;
    if (this.#book.isBanned(address, now)) return banned;
    if (!listed && mode === 'enforce') return notWhitelisted;
    const within = mode === 'report' && !listed ? admittedUnlisted : admitted;
    if (rules.perAddress === null) return within;
    const { limit, guard } = rules.perAddress;
    const excess = guard.take(address.countedAs, now);
    if (excess === null) return within;
    if (!(excess instanceof Promise)) return this.#refuseExcess(address, limit, excess, now);
    return excess.then((found) => (found === null ? within : this.#refuseExcess(address, limit, found, now)));
  }

  admitToRoute(
    address: ClientAddress,
    route: string,
    context: { readonly exempt: boolean; readonly now: number },
  ): GateVerdict | Promise<GateVerdict> {
    const rules = this.#rules().routes.get(route);
    const mode = rules?.whitelist?.mode ?? 'off';
    const listed = mode !== 'off' && rules?.whitelist?.configured.has(address) === true;
    // `exempt` frees from limits and bans; a route that takes listed senders only takes listed senders only.
    if (!listed && mode === 'enforce') return notWhitelisted;
    const unlisted = mode === 'report' && !listed;
    if (context.exempt || (listed && mode === 'exempt')) {
      return unlisted ? admittedExemptUnlisted : admittedExempt;
    }
    const within = unlisted ? admittedUnlisted : admitted;
    const limitRules = rules?.limit ?? null;
    if (limitRules === null) return within;
    const { limit, guard } = limitRules;
    // Excess here is the work of all callers together, so it earns no single one a ban.
    const excess = guard.take(route, context.now);
    if (excess === null) return within;
    const refuse = (found: Excess) => {
      this.#countIfListed(address, context.now);
      return refusedForNow('route-rate-limited', limit, found);
    };
    if (!(excess instanceof Promise)) return refuse(excess);
    return excess.then((found) => (found === null ? within : refuse(found)));
  }

  async ban(entry: NewEntry): Promise<AccessEntry> {
    const made = await this.#book.ban(entry);
    this.#measure();
    return made;
  }

  async unban(params: { readonly address: string; readonly now: number }): Promise<Lifted> {
    const lifted = await this.#book.unban(params);
    this.#measure();
    return lifted;
  }

  async allow(entry: NewEntry): Promise<AccessEntry> {
    const made = await this.#book.allow(entry);
    this.#measure();
    return made;
  }

  async disallow(params: { readonly address: string; readonly now: number }): Promise<Lifted> {
    const lifted = await this.#book.disallow(params);
    this.#measure();
    return lifted;
  }

  list(params: { readonly kind: AccessEntry['kind']; readonly now: number }): readonly AccessEntry[] {
    return this.#book.list(params);
  }

  stats(): AccessStats {
    const { bans, whitelistEntries, unsaved } = this.#book.sizes;
    return {
      addresses: this.#addresses.size,
      addressesForgotten: this.#addresses.forgotten,
      bans,
      whitelistEntries,
      unsaved,
      listedLimited: this.#listedLimited,
    };
  }

  /** The rules in force; compiled anew when a reload has replaced the settings. Windows and bans are kept elsewhere. */
  #rules(): GateRules {
    const { current } = this.#settings;
    if (current !== this.#compiledFrom) {
      this.#compiledFrom = current;
      this.#compiled = compileRules(current, this.#guardFor);
      this.#addresses.resize(current.access.addressesMax);
    }
    return this.#compiled;
  }

  #countIfListed(address: ClientAddress, now: number): void {
    const { listedAnywhere, whitelist } = this.#rules();
    const isAdded = whitelist.mode !== 'off' && this.#book.isAllowed(address, now);
    if (isAdded || listedAnywhere.has(address)) this.#listedLimited += 1;
  }

  #refuseExcess(address: ClientAddress, limit: RateLimit, excess: Excess, now: number): GateVerdict {
    this.#countIfListed(address, now);
    const { after, within } = this.#rules().bans;
    if (after !== null) {
      const refusals = { lane: limitLanes.refusals, windowMs: Math.max(1, within) };
      const slot = this.#addresses.slotOf(address.countedAs);
      if (this.#addresses.add(slot, refusals, 1, now) >= after) {
        this.#addresses.set(slot, refusals, { points: 0, msLeft: 0 }, now);
        this.#banForExcess(address, now);
      }
    }
    return refusedForNow('rate-limited', limit, excess);
  }

  #banForExcess(address: ClientAddress, now: number): void {
    const why = this.#rules().trusted.has(address)
      ? 'trusted-proxy'
      : this.#loopback.has(address)
        ? 'loopback'
        : null;
    if (why === null) {
      this.#book.banForExcess(address, now);
      this.#measure();
      return;
    }
    if (Math.abs(now - this.#sparedSaidAt) < sparedSaidEveryMs) return;
    this.#sparedSaidAt = now;
    this.#observer.banSpared?.({ address: address.text, why });
  }

  #sweepLater(): void {
    this.#sweep?.cancel();
    this.#sweep = this.#clock.after(sweepEveryMs, () => {
      this.#book.sweep(this.#clock.now());
      this.#measure();
      this.#sweepLater();
    });
  }

  #measure(): void {
    this.#observer.measured?.(this.stats());
  }
}

/** What a gate is made of. */
export interface GateParams {
  /** The same object until a reload replaces it: the gate compiles each object once. */
  readonly settings: Current<GateSettings>;
  readonly store: AccessEntryStore;
  readonly clock: Clock;
  readonly observer?: Partial<AccessObserver>;
  /** How limits are kept; by default in memory, exact for one process. */
  readonly guardFor?: GuardFor;
}

/**
 * Makes the gate. `start` loads whitelist and bans from the store; `stop` writes what is unsaved.
 *
 * - The whitelist is the configured one and the store's entries; a route's own is the configured one alone.
 * - A ban that has begun lasts its time whatever the wall clock does: within one run the monotonic clock counts, and
 *   stored entries are moved along with a step. Over a restart the wall clock is all there is: a clock set back
 *   meanwhile makes a ban last at most its whole length again, one set forward can end it early, but never makes its
 *   strikes forgotten before the quiet time (`bans.max`) has passed on that clock.
 * - Windows of rate limits are the caller's time; a clock stepped back by a window or more begins them anew.
 */
export function createGate(params: GateParams): AccessGate {
  return new AddressGate(params);
}
