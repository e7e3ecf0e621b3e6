import type { RetryPolicy } from '../core/retry.ts';
import type { BotHostTarget } from '../forward/index.ts';
import type { Pinned } from './pinned.ts';
import type { BotHostSettings, DeliverySettings, RetrySettings, RouteSettings } from './ports.ts';
import { pinnedBy } from './pinned.ts';

/**
 * How long a leased webhook may wait for its place, beyond the time of its attempt. Longer means fewer leases that run
 * out in a full queue, but a longer pause before another node takes over from one that died.
 */
export const leaseMarginMs = 30_000;

/** A route as delivery uses it. */
export interface RoutePlan {
  readonly name: string;
  readonly botHost: string;
  readonly policy: RetryPolicy;
  readonly answerForMs: number;
  /** Null: the bot host is called with the caller's own target. */
  readonly pinned: Pinned | null;
}

/** A bot host as delivery uses it. */
export interface BotHostPlan {
  readonly target: BotHostTarget;
  readonly settings: BotHostSettings;
  readonly leaseMs: number;
  /** Names of the routes that it serves. */
  readonly routes: readonly string[];
}

/** One configuration, worked out once, so that no webhook pays for it. */
export interface DeliveryPlan {
  /** Scheme and authority (and path prefix) of public URLs, without a closing slash; null: taken from the request. */
  readonly publicBase: string | null;
  readonly routes: ReadonlyMap<string, RoutePlan>;
  readonly botHosts: ReadonlyMap<string, BotHostPlan>;
}

function policyOf(retry: RetrySettings): RetryPolicy {
  return {
    attemptsMax: retry.attempts,
    firstDelayMs: retry.firstDelay,
    delayMaxMs: retry.maxDelay,
    ageMaxMs: retry.maxAge,
    retryAfterMaxMs: retry.retryAfterMax,
    statuses: retry.statuses,
  };
}

function routePlan(route: RouteSettings): RoutePlan {
  return {
    name: route.name,
    botHost: route.botHost,
    policy: policyOf(route.retry),
    answerForMs: route.answer.for,
    pinned: route.forwardTo === null ? null : pinnedBy(route.forwardTo),
  };
}

function botHostPlan(name: string, settings: BotHostSettings, routes: readonly RouteSettings[]): BotHostPlan {
  const { url, hostHeader, concurrency, connectTimeout, attemptTimeout } = settings;
  return {
    target: { name, url, hostHeader, concurrency, connectTimeout, attemptTimeout },
    settings,
    leaseMs: attemptTimeout + leaseMarginMs,
    routes: routes.filter((route) => route.botHost === name).map((route) => route.name),
  };
}

/** Works a configuration out for delivery. */
export function planOf({ publicUrl, botHosts, routes }: DeliverySettings): DeliveryPlan {
  return {
    publicBase: publicUrl === null ? null : publicUrl.replace(/\/+$/, ''),
    routes: new Map(routes.map((route) => [route.name, routePlan(route)])),
    botHosts: new Map(
      Object.entries(botHosts).map(([name, settings]) => [name, botHostPlan(name, settings, routes)]),
    ),
  };
}
