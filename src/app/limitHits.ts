// Who ran into a rate limit lately, for the console. Counted where the gate refuses, so that calls that pass cost nothing.
import type { Gate, GateVerdict } from '../access/index.ts';
import type { LimitHit } from '../admin/index.ts';

/** The longest unseen are forgotten first. A flood from many addresses keeps the table at this size. */
const namesMax = 1_000;
const shownMax = 200;

interface Hit {
  readonly limit: LimitHit['limit'];
  readonly name: string;
  hits: number;
  lastAt: number;
}

/** A gate, and what it has refused for its limits. */
export interface CountedGate extends Gate {
  /** Those with the latest hit first. */
  limitHits(): readonly LimitHit[];
}

/** The same gate, whose refusals by rate limits are counted by address and by route. */
export function countLimitHits(gate: Gate): CountedGate {
  const table = new Map<string, Hit>();

  function note(limit: LimitHit['limit'], name: string, now: number): void {
    const key = `${limit} ${name}`;
    const hit = table.get(key) ?? { limit, name, hits: 0, lastAt: now };
    hit.hits += 1;
    hit.lastAt = now;
    // Put anew, so that the table's order is that of the last hits.
    table.delete(key);
    table.set(key, hit);
    if (table.size <= namesMax) return;
    const [longestUnseen] = table.keys();
    if (longestUnseen !== undefined) table.delete(longestUnseen);
  }

  /** Hands the verdict on, noted where it is a refusal by `code`. */
  function noting<T extends GateVerdict | Promise<GateVerdict>>(
    verdict: T,
    refused: {
      readonly code: string;
      readonly limit: LimitHit['limit'];
      readonly name: string;
      readonly now: number;
    },
  ): T {
    const { code, limit, name, now } = refused;
    const look = (found: GateVerdict) => {
      if (!found.admitted && found.refusal === code) note(limit, name, now);
      return found;
    };
    return (verdict instanceof Promise ? verdict.then(look) : look(verdict)) as T;
  }

  return {
    admit: (address, now) =>
      noting(gate.admit(address, now), {
        code: 'rate-limited',
        limit: 'address',
        name: address.countedAs,
        now,
      }),
    admitToRoute: (address, route, context) =>
      noting(gate.admitToRoute(address, route, context), {
        code: 'route-rate-limited',
        limit: 'route',
        name: route,
        now: context.now,
      }),
    limitHits: () =>
      [...table.values()]
        .reverse()
        .slice(0, shownMax)
        .map(({ lastAt, ...hit }) => ({ ...hit, lastAt: new Date(lastAt).toISOString() })),
  };
}
