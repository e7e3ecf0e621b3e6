import type { Caller } from '../core/answer.ts';
import type { CapturedRequest } from '../core/webhook.ts';
import type { Exchange } from './exchange.ts';
import type { CheckedLink } from './link.ts';
import type { IngressRoute, IngressSettings } from './settings.ts';

/** A request that has arrived whole, and what the stages before have found out. */
export interface Arrival {
  readonly exchange: Exchange;
  readonly settings: IngressSettings;
  readonly route: IngressRoute;
  /** Header list and body are the received ones, without a copy. */
  readonly request: CapturedRequest;
  /** Index of the target's `?`, or its length. */
  readonly pathEnd: number;
  readonly link: CheckedLink;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** Monotonic milliseconds. */
  readonly endedAt: number;
  /** Where callers are listed while they wait. */
  readonly waiting: Set<Caller>;
}
