import type { AccessEntry, AccessStore } from '../contract.ts';
import { makeRecord } from '../codec/record.ts';
import type { Engine } from './engine.ts';
import { promisedJob } from './job.ts';
import type { Deletion } from './job.ts';
import { accessIdentity, accessKey, accessRange, keyAfter, spaceRange } from './keys.ts';
import type { Entry } from './store.ts';

const pageMax = 200;

function unpackEntry(payload: Buffer): AccessEntry {
  return JSON.parse(payload.toString('utf8')) as AccessEntry;
}

/**
 * Whitelist and bans. An entry that is replaced is written under a new version and its older versions are deleted in
 * the same batch; should more than one be met all the same, the newest counts.
 */
export class AccessList implements AccessStore {
  readonly #engine: Engine;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** See `AccessStore.listAccess`. */
  async listAccess(): Promise<readonly AccessEntry[]> {
    const newest = new Map<string, AccessEntry>();
    let range = spaceRange('access');
    for (;;) {
      const page = await this.#engine.read((store) => store.page(range, { limit: pageMax }));
      const last = page.at(-1);
      if (last === undefined) return [...newest.values()];
      const { store } = this.#engine.instance();
      for (const entry of page) {
        const decoded = store.decode(entry.key, store.open(entry), unpackEntry);
        if (decoded !== null) newest.set(accessIdentity(entry.key), decoded);
      }
      range = { gte: keyAfter(last.key), lt: range.lt };
    }
  }

  /** See `AccessStore.putAccess`. */
  putAccess({ entries }: Parameters<AccessStore['putAccess']>[0]): Promise<void> {
    return this.#inTurn(async () => {
      // Of several entries for one address in one call the last one counts.
      const last = new Map(entries.map((entry) => [`${entry.kind} ${entry.address}`, entry]));
      const records = [];
      const deletions: Deletion[] = [];
      let version = this.#engine.instance().head.marks.nextVersion;
      for (const entry of last.values()) {
        for (const old of await this.#versions(entry)) deletions.push(deletionOf(old));
        records.push(makeRecord(accessKey(entry.kind, entry.address, version), encode(entry)));
        version += 1;
      }
      await this.#write({ records, deletions, marks: { nextVersion: version } });
    });
  }

  /** See `AccessStore.deleteAccess`. */
  deleteAccess({ entries }: Parameters<AccessStore['deleteAccess']>[0]): Promise<number> {
    return this.#inTurn(async () => {
      const deletions = new Map<string, Deletion>();
      let count = 0;
      for (const entry of entries) {
        const versions = await this.#versions(entry);
        const isNew = versions.some(({ key }) => !deletions.has(key.toString('latin1')));
        if (isNew) count += 1;
        for (const old of versions) deletions.set(old.key.toString('latin1'), deletionOf(old));
      }
      if (count > 0) await this.#write({ records: [], deletions: [...deletions.values()], marks: {} });
      return count;
    });
  }

  /** Reads what there is and writes what comes of it before the next one does. */
  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(run);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #versions({ kind, address }: Pick<AccessEntry, 'kind' | 'address'>): Promise<Entry[]> {
    return this.#engine.read((store) => store.page(accessRange(kind, address), { limit: pageMax }));
  }

  async #write(change: {
    readonly records: ReturnType<typeof makeRecord>[];
    readonly deletions: readonly Deletion[];
    readonly marks: { readonly nextVersion?: number };
  }): Promise<void> {
    if (change.records.length === 0 && change.deletions.length === 0) return;
    this.#engine.instance();
    const { job, done } = promisedJob({
      ...change,
      transitions: [],
      pace: 'synced',
      appends: 0,
      survives: false,
    });
    this.#engine.committer.enqueue(job);
    await done.catch((error: unknown) => {
      throw this.#engine.failure(error);
    });
  }
}

function deletionOf({ key, value }: Entry): Deletion {
  return { key, valueBytes: value.length };
}

function encode(entry: AccessEntry): Buffer {
  const { kind, address, reason, by, createdAt, until, strikes } = entry;
  return Buffer.from(JSON.stringify({ kind, address, reason, by, createdAt, until, strikes }), 'utf8');
}
