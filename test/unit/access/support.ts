import type {
  AccessEntry,
  AccessEntryStore,
  AccessGate,
  AccessObserver,
  AccessStats,
  ClientAddress,
  GateSettings,
  GateVerdict,
  GuardFor,
} from '../../../src/access/index.ts';
import { createGate, parseAddress } from '../../../src/access/index.ts';
import type { ManualClock } from '../../support/manualClock.ts';
import { manualClock } from '../../support/manualClock.ts';

export interface SettingsChange {
  readonly trustedProxies?: readonly string[];
  readonly access?: Partial<GateSettings['access']>;
  readonly routes?: GateSettings['routes'];
}

/** Settings with nothing switched on but what a test asks for. */
export function gateSettings(change: SettingsChange = {}): GateSettings {
  return {
    trustedProxies: change.trustedProxies ?? [],
    routes: change.routes ?? [],
    access: {
      whitelist: { mode: 'off', addresses: [] },
      perAddress: null,
      bans: { after: 3, within: 60_000, for: 600_000, growth: 2, max: 3_600_000 },
      addressesMax: 1000,
      ...change.access,
    },
  };
}

/** A store in memory that can be made to fail. */
export class FakeStore implements AccessEntryStore {
  readonly entries = new Map<string, AccessEntry>();
  failing = false;
  puts = 0;
  /** While set, writes wait for it. */
  hold: Promise<void> | null = null;

  listAccess() {
    return Promise.resolve([...this.entries.values()]);
  }

  async putAccess({ entries }: { readonly entries: readonly AccessEntry[] }) {
    await this.hold;
    if (this.failing) throw new Error('disk full');
    this.puts += 1;
    for (const entry of entries) this.entries.set(`${entry.kind} ${entry.address}`, entry);
  }

  async deleteAccess({ entries }: { readonly entries: readonly Pick<AccessEntry, 'kind' | 'address'>[] }) {
    await this.hold;
    if (this.failing) throw new Error('disk full');
    return entries.filter(({ kind, address }) => this.entries.delete(`${kind} ${address}`)).length;
  }
}

export interface Observed {
  readonly banned: AccessEntry[];
  readonly spared: { readonly address: string; readonly why: string }[];
  readonly forgotten: AccessEntry[];
  readonly failures: { readonly unsaved: number }[];
  readonly unreadable: AccessEntry[];
  readonly measured: AccessStats[];
}

export interface GateBench {
  readonly gate: AccessGate;
  readonly clock: ManualClock;
  readonly store: FakeStore;
  readonly observed: Observed;
  /** Replaces the settings, as a reload does. */
  readonly reload: (settings: GateSettings) => void;
  /** One request from `address`, now. */
  readonly call: (address: string) => GateVerdict;
  /** As many calls as it takes until one is refused by the limit `refusals` times. */
  readonly exceed: (address: string, refusals: number) => void;
}

export function address(text: string): ClientAddress {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
}

export function settled(verdict: GateVerdict | Promise<GateVerdict>): GateVerdict {
  if (verdict instanceof Promise) throw new Error('expected a verdict without a promise');
  return verdict;
}

/** The refusal's code, or 'admitted'. */
export function outcome(verdict: GateVerdict): string {
  return verdict.admitted ? 'admitted' : verdict.refusal;
}

/** A started gate on a manual clock and a store in memory. */
export async function gateBench(
  settings: GateSettings = gateSettings(),
  parts: { readonly store?: FakeStore; readonly clock?: ManualClock; readonly guardFor?: GuardFor } = {},
): Promise<GateBench> {
  const clock = parts.clock ?? manualClock();
  const store = parts.store ?? new FakeStore();
  const observed: Observed = {
    banned: [],
    spared: [],
    forgotten: [],
    failures: [],
    unreadable: [],
    measured: [],
  };
  const observer: AccessObserver = {
    banned: (entry) => observed.banned.push(entry),
    banSpared: (spared) => observed.spared.push(spared),
    banForgotten: (entry) => observed.forgotten.push(entry),
    saveFailed: ({ unsaved }) => observed.failures.push({ unsaved }),
    entryUnreadable: (entry) => observed.unreadable.push(entry),
    measured: (stats) => observed.measured.push(stats),
  };
  const held = { current: settings };
  const { guardFor } = parts;
  const gate = createGate({
    settings: held,
    store,
    clock,
    observer,
    ...(guardFor === undefined ? {} : { guardFor }),
  });
  await gate.start();
  const call = (text: string) => settled(gate.admit(address(text), clock.now()));
  return {
    gate,
    clock,
    store,
    observed,
    call,
    reload: (next) => {
      held.current = next;
    },
    exceed: (text, refusals) => {
      for (let seen = 0, calls = 0; seen < refusals; calls += 1) {
        if (calls > 10_000) throw new Error('the limit never refused');
        if (outcome(call(text)) === 'rate-limited') seen += 1;
      }
    },
  };
}
