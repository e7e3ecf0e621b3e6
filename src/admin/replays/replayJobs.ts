// All replay jobs of this process: how many at once, who began and stopped them, and how they ended.
import { HookwardError } from '../../core/errors.ts';
import type { Random } from '../../core/random.ts';
import type { AuditStore, WebhookOperator, WebhookReader } from '../../log/index.ts';
import { listQueryOf } from '../api/queries.ts';
import { countReplayable } from './countReplayable.ts';
import { createOperator, type Asked, type OperatorParts } from '../operator.ts';
import { ReplayJob, type Chosen, type ReplayJobParts } from './replayJob.ts';
import type { ReplayJobs, ReplayPreview, ReplaySelection } from './replays.ts';

/** Jobs share one log with the senders: more at once would be no faster. */
const runningMax = 4;
const endedKept = 50;

/** A person waits for it: some 100,000 webhooks are counted in that time. */
const previewMs = 2_000;

const idBytes = 8;

/** What replay jobs stand on. */
export interface ReplayJobsParts extends OperatorParts, Pick<ReplayJobParts, 'clock' | 'failed'> {
  readonly log: WebhookReader & WebhookOperator & AuditStore;
  readonly random: Random;
}

interface Running {
  readonly job: ReplayJob;
  readonly ended: Promise<void>;
}

/** A filter's fields without those that are about pages, and what they ask for. @throws HookwardError `usage-wrong` */
function chosenBy(fields: Readonly<Record<string, string>>) {
  if ('limit' in fields || 'cursor' in fields) {
    throw new HookwardError('usage-wrong', {
      message: 'A replay is of all pages: leave out limit and cursor.',
    });
  }
  return { by: 'filter' as const, filter: listQueryOf(fields).filter, fields };
}

function chosenOf(selection: ReplaySelection): Chosen {
  return selection.filter === undefined ? { by: 'ids', ids: selection.ids } : chosenBy(selection.filter);
}

/** What a job is of, for the audit log. */
function subjectOf({ chosen, id }: ReplayJob['order']): string {
  if (chosen.by === 'ids') return `job ${id}: ${String(chosen.ids.length)} webhooks by id`;
  const filter = new URLSearchParams(chosen.fields).toString();
  return `job ${id}: ${filter === '' ? 'all webhooks' : filter}`;
}

/** Replay jobs that end with the server. */
export interface ClosableReplayJobs extends ReplayJobs {
  /** Ends all that run, each after the batch that is under way. */
  close(): Promise<void>;
}

class ReplayJobTable implements ClosableReplayJobs {
  readonly #parts: ReplayJobsParts;
  readonly #jobParts: ReplayJobParts;
  /** In the order of their start. */
  readonly #jobs = new Map<string, Running>();
  /** Jobs whose start is being written down. */
  #starting = 0;

  constructor(parts: ReplayJobsParts) {
    this.#parts = parts;
    const { log, clock, failed } = parts;
    this.#jobParts = { log, clock, failed, operator: createOperator(parts) };
  }

  async preview(fields: Readonly<Record<string, string>>): Promise<ReplayPreview> {
    const { filter } = chosenBy(fields);
    const { log, clock } = this.#parts;
    const end = clock.monotonic() + previewMs;
    const found = await countReplayable(log, filter, () => clock.monotonic() >= end);
    const { oldestAt, newestAt, ...rest } = found;
    const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
    return { ...rest, oldest: iso(oldestAt), newest: iso(newestAt) };
  }

  async start(order: Parameters<ReplayJobs['start']>[0]) {
    const { by, reason, ratePerSecond } = order;
    const chosen = chosenOf(order);
    const running = [...this.#jobs.values()].filter(({ job }) => !job.isOver).length;
    if (running + this.#starting >= runningMax) {
      throw new HookwardError('state-conflict', {
        message: `${String(runningMax)} replay jobs run already: stop one, or wait until one has ended.`,
      });
    }
    const id = Buffer.from(this.#parts.random.bytes(idBytes)).toString('hex');
    const job = new ReplayJob({ id, by, reason, chosen, ratePerSecond }, this.#jobParts);
    this.#starting += 1;
    try {
      await this.#audit('replay-start', subjectOf(job.order), { by, reason });
    } finally {
      this.#starting -= 1;
    }
    this.#jobs.set(id, { job, ended: this.#runToEnd(job) });
    this.#forgetOldest();
    return job.view();
  }

  list() {
    return [...this.#jobs.values()].reverse().map(({ job }) => job.view());
  }

  get(id: string) {
    return this.#find(id).job.view();
  }

  async stop(id: string, asked: Asked) {
    const { job, ended } = this.#find(id);
    if (job.isOver) return job.view();
    job.stop(asked);
    await ended;
    return job.view();
  }

  async close(): Promise<void> {
    const running = [...this.#jobs.values()].filter(({ job }) => !job.isOver);
    for (const { job } of running) job.stop({ by: 'server', reason: 'shutdown' });
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #runToEnd(job: ReplayJob): Promise<void> {
    await job.run();
    const { state, total, replayed, conflicts, missing, stopped, by, reason } = job.view();
    const counts = `${String(replayed)} of ${total === null ? 'unknown' : String(total)} replayed`;
    const left = `${String(conflicts)} in a state that does not allow it, ${String(missing)} gone`;
    const subject = `job ${job.order.id} ${state}: ${counts}, ${left}`;
    try {
      await this.#audit(
        state === 'stopped' ? 'replay-stop' : 'replay-end',
        subject,
        stopped ?? { by, reason },
      );
    } catch (error) {
      // The webhooks' own events say by whom and why each was replayed; the job's view says how it ended.
      this.#parts.failed(error);
    }
  }

  #find(id: string): Running {
    const found = this.#jobs.get(id);
    if (found !== undefined) return found;
    throw new HookwardError('entry-not-found', {
      message: 'There is no such replay job. The last 50 are kept, until the server ends.',
    });
  }

  #forgetOldest(): void {
    const over = [...this.#jobs].filter(([, { job }]) => job.isOver);
    for (const [id] of over.slice(0, Math.max(0, over.length - endedKept))) this.#jobs.delete(id);
  }

  #audit(action: string, subject: string, asked: Asked): Promise<void> {
    const { by, reason } = asked;
    return this.#parts.log.appendAudit({ entries: [{ at: this.#parts.now(), action, subject, by, reason }] });
  }
}

/** Makes the table of replay jobs; it is empty at every start of the server. */
export function createReplayJobs(parts: ReplayJobsParts): ClosableReplayJobs {
  return new ReplayJobTable(parts);
}
