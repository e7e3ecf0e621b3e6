// Who ran into a rate limit lately, for the console. Counted where the gate refuses, so that calls that pass cost nothing.
import type { Gate, GateVerdict } from '../access/index.ts';
import type { LimitHit } from '../admin/index.ts';
import type { RefusalCode } from '../core/errors.ts';

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

function isRefusedAs(verdict: GateVerdict, code: RefusalCode): boolean {
  return !verdict.admitted && verdict.refusal === code;
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

  return {
    admit(address, now) {
      const look = (verdict: GateVerdict) => {
        if (isRefusedAs(verdict, 'rate-limited')) note('address', address.countedAs, now);
        return verdict;
      };
      const verdict = gate.admit(address, now);
      return verdict instanceof Promise ? verdict.then(look) : look(verdict);
    },
    admitToRoute(address, route, context) {
      const look = (verdict: GateVerdict) => {
        if (isRefusedAs(verdict, 'route-rate-limited')) note('route', route, context.now);
        return verdict;
      };
      const verdict = gate.admitToRoute(address, route, context);
      return verdict instanceof Promise ? verdict.then(look) : look(verdict);
    },
    limitHits: () =>
      [...table.values()]
        .reverse()
        .slice(0, shownMax)
        .map(({ lastAt, ...hit }) => ({ ...hit, lastAt: new Date(lastAt).toISOString() })),
  };
}
