import { HookwardError } from '../../core/errors.ts';
import type { AuditEntry, AuditStore } from '../contract.ts';
import { makeRecord } from '../codec/record.ts';
import type { Engine } from './engine.ts';
import { promisedJob } from './job.ts';
import { auditKey, numberOfKey, spaceRange } from './keys.ts';

function unpackEntry(payload: Buffer): AuditEntry {
  return JSON.parse(payload.toString('utf8')) as AuditEntry;
}

/** Who changed what. Entries are numbered and never touched again. */
export class AuditTrail implements AuditStore {
  readonly #engine: Engine;
  /** Given out already, whether or not it is written. */
  #next = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** See `AuditStore.appendAudit`. Durable when it resolves. */
  async appendAudit({ entries }: Parameters<AuditStore['appendAudit']>[0]): Promise<void> {
    const { marks } = this.#engine.instance().head;
    if (entries.length === 0) return;
    const first = Math.max(this.#next, marks.nextAudit);
    this.#next = first + entries.length;
    const records = entries.map(({ at, by, action, subject, reason }, index) =>
      makeRecord(
        auditKey(first + index),
        Buffer.from(JSON.stringify({ at, by, action, subject, reason }), 'utf8'),
      ),
    );
    const { job, done } = promisedJob({
      records,
      deletions: [],
      transitions: [],
      marks: { nextAudit: this.#next },
      pace: 'synced',
      appends: 0,
      survives: false,
    });
    this.#engine.committer.enqueue(job);
    await done.catch((error: unknown) => {
      throw this.#engine.failure(error);
    });
  }

  /** See `AuditStore.listAudit`. The cursor is the number of the last entry given. */
  async listAudit({
    limit,
    cursor,
  }: Parameters<AuditStore['listAudit']>[0]): Promise<Awaited<ReturnType<AuditStore['listAudit']>>> {
    if (cursor !== null && !/^[0-9]{1,14}$/.test(cursor)) {
      throw new HookwardError('usage-wrong', { message: 'The cursor is not one that a list has given.' });
    }
    const entries: AuditEntry[] = [];
    const { gte, lt: end } = spaceRange('audit');
    let lt = cursor === null ? end : auditKey(Number(cursor));
    for (;;) {
      const range = { gte, lt };
      const left = limit - entries.length;
      const page = await this.#engine.read((store) => store.page(range, { limit: left, reverse: true }));
      const last = page.at(-1);
      if (last === undefined) return { entries, cursor: null };
      const { store } = this.#engine.instance();
      for (const entry of page) {
        const decoded = store.decode(entry.key, store.open(entry), unpackEntry);
        if (decoded !== null) entries.push(decoded);
      }
      lt = last.key;
      if (entries.length >= limit) return { entries, cursor: String(numberOfKey(last.key)) };
    }
  }
}
