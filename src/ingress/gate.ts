// The gate's two stages: before a route is looked for, and at the route. Both decide by the address alone.
import type { GateVerdict } from '../access/index.ts';
import type { Client } from './client.ts';
import type { IngressDeps } from './ports.ts';
import { Refusal } from './refusals.ts';
import type { IngressRoute } from './settings.ts';

/** What the gate said of a call that goes on. */
export interface Admission {
  /** Limits and bans are skipped. */
  readonly exempt: boolean;
  /** A whitelist of mode `report` would have refused the call. */
  readonly wouldRefuse: boolean;
}

function judged(verdict: GateVerdict): Admission | Refusal {
  if (verdict.admitted) return verdict;
  const { refusal, retryAfterSeconds, limit } = verdict;
  return new Refusal(refusal, { retryAfterSeconds, limit });
}

/** Waits only where there is something to wait for: a gate that knows its answer costs no turn of the microtask queue. */
function whenJudged(
  verdict: GateVerdict | Promise<GateVerdict>,
): Admission | Refusal | Promise<Admission | Refusal> {
  return verdict instanceof Promise ? verdict.then(judged) : judged(verdict);
}

type GateDeps = Pick<IngressDeps, 'gate' | 'clock'>;

/** Ban, general whitelist, limit of the address. */
export function passGate({ gate, clock }: GateDeps, client: Client) {
  return whenJudged(gate.admit(client.address, clock.now()));
}

/** The route's own whitelist and limit. */
export function passRouteGate(
  { gate, clock }: GateDeps,
  client: Client,
  at: { readonly route: string; readonly exempt: boolean },
) {
  return whenJudged(gate.admitToRoute(client.address, at.route, { exempt: at.exempt, now: clock.now() }));
}

/** A refusal of the gate as `route` wants it answered: some senders take 429 for delivered, and would not come again. */
export function answeredBy(route: IngressRoute | undefined, refusal: Refusal): Refusal {
  const isLimit = refusal.code === 'rate-limited' || refusal.code === 'route-rate-limited';
  if (!isLimit || route?.whenLimited !== 'unavailable') return refusal;
  return new Refusal(refusal.code, { ...refusal.facts, isUnavailable: true });
}
