import type { WebhookId } from '../../../src/core/ids.ts';
import type { WebhookState } from '../../../src/core/state.ts';
import type { Log } from '../../../src/log/index.ts';
import { ModelLog, progressOf, standingOf } from '../../support/logModel.ts';

type Params<M extends 'claim' | 'settle'> = Parameters<Log[M]>[0];

/** The model of the log, with a memory of what delivery asked of it, and failures on demand. */
export class RecordingLog extends ModelLog {
  readonly claims: Params<'claim'>[] = [];
  readonly settles: Params<'settle'>[] = [];
  /** What each call rejects with while it is set. */
  failing: { claim: Error | null; settle: Error | null } = { claim: null, settle: null };
  /** Settling waits for these while they are set: before anything is written, and after it. */
  gates: { before: Promise<void> | null; after: Promise<void> | null } = { before: null, after: null };

  override claim(params: Params<'claim'>) {
    if (this.failing.claim !== null) return Promise.reject(this.failing.claim);
    this.claims.push(params);
    return super.claim(params);
  }

  override async settle(params: Params<'settle'>) {
    if (this.failing.settle !== null) throw this.failing.settle;
    if (this.gates.before !== null) await this.gates.before;
    this.settles.push(params);
    const results = await super.settle(params);
    if (this.gates.after !== null) await this.gates.after;
    return results;
  }

  /** Where a webhook stands and what happened to it. */
  row(id: WebhookId) {
    const entry = this.entries.find(({ webhook }) => webhook.id === id);
    if (entry === undefined) throw new Error(`no webhook ${id}`);
    return {
      standing: standingOf(entry),
      state: standingOf(entry).state,
      progress: progressOf(entry),
      events: entry.events,
      types: entry.events.map(({ type }) => type),
    };
  }

  count(state: WebhookState): number {
    return this.stats().counts[state];
  }
}
