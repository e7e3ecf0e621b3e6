import type { Caller } from '../core/answer.ts';
import type { WebhookId } from '../core/ids.ts';
import type { Progress } from '../core/progress.ts';
import type { Lane } from '../core/state.ts';
import type { TraceContext } from '../core/traceContext.ts';
import type { Webhook } from '../core/webhook.ts';
import type { Claimed, Lease } from '../log/index.ts';

/** A caller, and until when its route holds it (monotonic milliseconds). */
export interface WaitingCaller {
  readonly caller: Caller;
  readonly route: string;
  readonly until: number;
}

/** One leased webhook in memory: waiting for a place, being tried, or being settled. */
export interface Job {
  readonly webhook: Webhook;
  readonly progress: Progress;
  readonly lane: Lane;
  /** Taken from the log's due index, not handed over by ingress. */
  readonly claimed: boolean;
  /** Monotonic milliseconds. */
  readonly takenAt: number;
  /** The span of its arrival; null where nothing is traced, and where it comes from the log. */
  readonly trace: TraceContext | null;
  /** Replaced when the log gives the webhook out anew while it is still held here. */
  lease: Lease;
  /** When the lease runs out at the earliest, monotonic milliseconds. */
  leaseUntil: number;
  /** As the log gave it out anew while it was still held here; null: it did not. */
  givenAnew: Claimed | null;
  /** Whoever waits for the answer; null once it has been answered. */
  caller: WaitingCaller | null;
}

/** Every job of this process, so that no webhook is tried twice at once here, whatever its lease says. */
export type HeldJobs = Map<WebhookId, Job>;
