import type { Standing, WebhookState } from '../../core/state.ts';
import type { Envelope } from '../codec/envelope.ts';
import type { EventHead } from '../codec/event.ts';
import type { WebhookFilter } from '../contract.ts';
import type { Engine } from './engine.ts';
import type { IdSpan } from './keys.ts';
import { spanOf } from './listSpan.ts';
import type { IdSource, Portion, Stretch } from './listSources.ts';
import { byDue, byEventId, byRoute, byState, envelopes, inMemory, wholeMax } from './listSources.ts';
import type { Store } from './store.ts';

/** A filter made ready: where its candidates are, and how to tell whether one matches. */
export interface Search {
  readonly span: IdSpan;
  readonly source: IdSource;
  /** A candidate may well not match, so that many are to be looked at for each that does. */
  readonly isNarrow: boolean;
  /** So many candidates are taken at a time: more where they come with their envelopes than where each is read by itself. */
  readonly candidatesMax: number;
  /** Whether what has arrived matches. */
  readonly fitsEnvelope: (envelope: Envelope) => boolean;
  /** Whether what became of it matches. */
  readonly fitsOutcome: (standing: Standing, lastStatus: number | null) => boolean;
}

/** Prepares a filter; null: nothing can match it. @throws HookwardError `log-failing`, `log-closed`. */
export function prepareSearch(engine: Engine, filter: WebhookFilter): Search | null {
  const { deadReason, bot, user, status, text } = filter;
  const state = filter.state ?? (deadReason === undefined ? undefined : 'dead');
  if (deadReason !== undefined && state !== 'dead') return null;
  const { head, routes } = engine.instance();
  const span = spanOf(filter, head.marks);
  const routeNo = filter.route === undefined ? null : routes.find(filter.route);
  if (span === null || (filter.route !== undefined && routeNo === null)) return null;
  const fitsOutcome = outcomeMatcher(filter);
  const source = sourceFor(engine, { filter, state, routeNo, fitsOutcome });
  return {
    span,
    source,
    isNarrow: [bot, user, status, text].some((one) => one !== undefined),
    candidatesMax: source === envelopes ? 256 : 64,
    fitsEnvelope: envelopeMatcher(filter),
    fitsOutcome,
  };
}

function envelopeMatcher(filter: WebhookFilter): Search['fitsEnvelope'] {
  const { route, since, until, bot, user, idPrefix, eventId } = filter;
  const text = filter.text === undefined ? undefined : Buffer.from(filter.text, 'utf8');
  return ({ webhook }) =>
    (route === undefined || webhook.route === route) &&
    (since === undefined || webhook.receivedAt >= since) &&
    (until === undefined || webhook.receivedAt < until) &&
    (bot === undefined || webhook.bot === bot) &&
    (user === undefined || webhook.user === user) &&
    (eventId === undefined || webhook.eventId === eventId) &&
    (idPrefix === undefined || webhook.id.startsWith(idPrefix)) &&
    (text === undefined || holds(webhook.request.body, text));
}

function holds(body: Uint8Array, text: Buffer): boolean {
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength).includes(text);
}

function outcomeMatcher({ state, deadReason, status }: WebhookFilter): Search['fitsOutcome'] {
  return (standing, lastStatus) =>
    (state === undefined || standing.state === state) &&
    (deadReason === undefined || (standing.state === 'dead' && standing.reason === deadReason)) &&
    (status === undefined || lastStatus === status);
}

/** What a source is chosen by. */
interface Wanted {
  readonly filter: WebhookFilter;
  readonly state: WebhookState | undefined;
  readonly routeNo: number | null;
  readonly fitsOutcome: Search['fitsOutcome'];
}

/** The smallest key space that holds all candidates. */
function sourceFor(engine: Engine, wanted: Wanted): IdSource {
  const { eventId } = wanted.filter;
  const source = sourceOfState(engine, wanted);
  return eventId === undefined ? source : byEventId(eventId, wanted.routeNo, source);
}

function sourceOfState(engine: Engine, { filter, state, routeNo, fitsOutcome }: Wanted): IdSource {
  const pending = [inMemory(engine.holds, routeNo), ...pendingSources(engine, routeNo)];
  if (state === 'pending') return merged(pending);
  const wish = { routeNo, reason: filter.deadReason ?? null };
  if (routeNo === null) {
    return state === undefined || state === 'delivered' ? envelopes : byState(state, wish);
  }
  const hasOutcome = state !== undefined || filter.status !== undefined;
  const fits = ({ standing, tally }: EventHead) => fitsOutcome(standing, tally.lastStatus);
  const ofRoute = byRoute(routeNo, hasOutcome ? fits : null);
  // What is dead or cancelled has events: each of the two holds all candidates, and either may be by far the shorter.
  if (state === 'dead' || state === 'cancelled') return faster(byState(state, wish), ofRoute);
  if (state === 'delivered') return ofRoute;
  // Memory is asked first: what leaves it has been written to the index by then.
  return merged([...pending, ofRoute]);
}

/** Pending webhooks that an index knows. */
function pendingSources(engine: Engine, routeNo: number | null): readonly IdSource[] {
  const source = byState('pending', { routeNo, reason: null });
  if (routeNo === null) return [source];
  const count = engine.instance().head.pendingByRoute.get(routeNo) ?? 0;
  return count >= wholeMax ? [source] : [byDue(routeNo, source)];
}

/** Several sources as one, down to where every one of them has been read. */
function merged(sources: readonly IdSource[]): IdSource {
  return async (store: Store, span: IdSpan, portion: Portion): Promise<Stretch> => {
    const stretches: Stretch[] = [];
    for (const source of sources) stretches.push(await source(store, span, portion));
    const downTo = stretches.reduce<Stretch['downTo']>(
      (highest, one) =>
        one.downTo !== null && (highest === null || one.downTo > highest) ? one.downTo : highest,
      null,
    );
    // Of one that two have found the later is told, who may have read more of it.
    const found = new Map(
      stretches.flatMap(({ candidates }) => candidates.map((one) => [one.id, one] as const)),
    );
    const candidates = [...found.values()]
      .filter(({ id }) => downTo === null || id >= downTo)
      .sort((one, other) => (one.id < other.id ? 1 : -1));
    return { candidates, downTo, looked: stretches.reduce((sum, { looked }) => sum + looked, 0) };
  };
}

/** Two sources that each hold all candidates: whichever comes further down. */
function faster(one: IdSource, other: IdSource): IdSource {
  return async (store, span, portion) => {
    const [its, others] = await Promise.all([one(store, span, portion), other(store, span, portion)]);
    const looked = its.looked + others.looked;
    const isOther = its.downTo !== null && (others.downTo === null || others.downTo < its.downTo);
    return { ...(isOther ? others : its), looked };
  };
}
