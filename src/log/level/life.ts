import type { Clock } from '../../core/clock.ts';
import { HookwardError } from '../../core/errors.ts';
import type { LogMode, LogObserver } from '../contract.ts';
import { Ballast } from './ballast.ts';
import type { Instance } from './committer.ts';
import { Committer } from './committer.ts';
import { Damage } from './damage.ts';
import { DiskGuard } from './diskGuard.ts';
import type { FreeBytes } from './diskGuard.ts';
import { Duplicates } from './duplicates.ts';
import type { Engine } from './engine.ts';
import { closed, explained, failing, isLogError, isNoSpace, isNotOpen, rootMessage } from './errors.ts';
import { HighWater } from './highWater.ts';
import { Holds } from './holds.ts';
import { DueLanes } from './lanes.ts';
import type { OpenDatabase } from './open.ts';
import { openDatabase, openError } from './open.ts';
import { Orders } from './orders.ts';
import type { Recovered } from './recovery.ts';
import { ReadThrough } from './readThrough.ts';
import { recover } from './recovery.ts';
import { Store } from './store.ts';

/** What a log's life depends on. */
export interface LifeParams {
  readonly dir: string;
  readonly create: boolean;
  readonly freeBytesMin: number;
  readonly ballastBytes: number;
  readonly clock: Clock;
  readonly observer: LogObserver;
  readonly open: OpenDatabase;
  readonly freeBytes: FreeBytes;
  readonly readThroughAfterMs: number;
}

/** The first new try after a failed opening comes after this long, the next ones after twice as long each. */
const retryFirstMs = 100;
const retryMaxMs = 1_000;

/**
 * Opens the log, and opens it again after every failed write: LevelDB 1.20 goes on after a failed append at wrong
 * offsets and loses acknowledged records at the next start, so no instance outlives its first error. Opening after a
 * failure is the same as opening at start; only the leases in memory are kept.
 */
export class Life implements Engine {
  readonly clock: Clock;
  readonly observer: LogObserver;
  readonly damage: Damage;
  readonly holds = new Holds();
  readonly lanes = new DueLanes();
  readonly orders = new Orders();
  readonly duplicates = new Duplicates();
  readonly committer: Committer;
  readonly guard: DiskGuard;
  sequenceGaps = 0;
  readonly #params: LifeParams;
  readonly #ballast: Ballast;
  readonly #highWater: HighWater;
  readonly #readThrough: ReadThrough;
  #phase: 'new' | 'running' | 'stopping' | 'stopped' = 'new';
  #instance: Instance | null = null;
  /** The instance that is open, or was last. */
  #lastOpened: Instance | null = null;
  #failure = '';
  #isOverBytesMax = false;
  #toldMode: LogMode = 'closed';
  #nextSequence = 1;
  #reopening: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | null = null;
  /** Called when the log is open again, or will not be any more. */
  #waiting: (() => void)[] = [];

  constructor(params: LifeParams) {
    const { dir, freeBytesMin, ballastBytes, clock, observer, freeBytes, readThroughAfterMs } = params;
    this.#params = params;
    this.clock = clock;
    this.observer = observer;
    this.damage = new Damage(observer);
    this.committer = new Committer(clock, observer, {
      wrote: (bytes, level) => {
        this.guard.noteWritten(bytes);
        if (level !== null) this.#highWater.note(level);
      },
      failed: (error) => this.#fail(error),
    });
    this.#ballast = new Ballast(dir, ballastBytes);
    this.#highWater = new HighWater(dir, clock);
    this.#readThrough = new ReadThrough({
      clock,
      observer,
      damage: this.damage,
      afterMs: readThroughAfterMs,
      store: () => this.#instance?.store ?? null,
    });
    this.guard = new DiskGuard({
      dir,
      freeBytesMin,
      ballast: this.#ballast,
      clock,
      freeBytes,
      onChange: () => this.#tellMode(),
    });
  }

  get mode(): LogMode {
    if (this.#phase !== 'running') return 'closed';
    if (this.#instance === null) return 'failing';
    return this.guard.isFull || this.#isOverBytesMax ? 'full' : 'ok';
  }

  get modeReason(): string {
    switch (this.mode) {
      case 'ok':
        return '';
      case 'closed':
        return 'the log is closed';
      case 'failing':
        return this.#failure;
      case 'full':
        return this.guard.isFull
          ? `less than ${this.#params.freeBytesMin} bytes are free on the log's disk`
          : 'the log holds more than bytesMax, all of it pending or dead';
    }
  }

  /** Whether pending and dead webhooks alone take more room than the log may have. */
  setOverBytesMax(isOver: boolean): void {
    this.#isOverBytesMax = isOver;
    this.#tellMode();
  }

  /** The instance whose counters are to be shown: while the log is failing, those from before. Null before the start. */
  get lastOpened(): Instance | null {
    return this.#lastOpened;
  }

  async start(): Promise<void> {
    if (this.#phase === 'running') return;
    if (this.#phase === 'stopping') throw closed();
    this.holds.clear();
    await this.#openOnce('opened');
    this.#phase = 'running';
    this.#stopping = null;
    this.#highWater.start();
    this.#readThrough.start();
    await this.guard.start();
    this.#tellMode();
  }

  instance(): Instance {
    if (this.#phase !== 'running') throw closed();
    if (this.#instance === null) throw failing(this.#failure);
    return this.#instance;
  }

  checkAppend(): void {
    this.instance();
    if (this.mode === 'full') {
      throw new HookwardError('log-full', {
        message: `The log is full: ${this.modeReason}.`,
        retryAfterSeconds: 30,
      });
    }
    if (this.committer.isCrowded) {
      throw new HookwardError('log-busy', {
        message: 'Too many webhooks wait to be written.',
        retryAfterSeconds: 1,
      });
    }
  }

  failure(error: unknown): HookwardError {
    if (isLogError(error)) return error;
    return this.#phase === 'running' ? failing(rootMessage(error)) : closed();
  }

  takeSequence(): number {
    return this.#nextSequence++;
  }

  async read<T>(run: (store: Store) => Promise<T>): Promise<T> {
    const { store } = this.instance();
    try {
      return await run(store);
    } catch (error) {
      if (isNotOpen(error)) throw this.#phase === 'running' ? failing(this.#failure) : closed();
      throw error;
    }
  }

  async readWhenOpen<T>(run: (store: Store) => Promise<T>): Promise<T> {
    for (;;) {
      if (this.#phase !== 'running') throw closed();
      const instance = this.#instance;
      try {
        if (instance !== null) return await run(instance.store);
      } catch (error) {
        if (!isNotOpen(error)) throw error;
      }
      if (this.#instance === instance) await this.#pause(retryMaxMs);
    }
  }

  /** Resolves after `ms`, or as soon as the log is open again or stopped. */
  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.after(ms, resolve);
      this.#waiting.push(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  #tellMode(): void {
    const { mode } = this;
    if (mode === this.#toldMode) return;
    this.#toldMode = mode;
    this.observer.modeChanged({ mode, reason: this.modeReason });
  }

  /** Opens and recovers; where the disk is too full for that, once more without the ballast. */
  async #openOnce(code: 'opened' | 'reopened'): Promise<void> {
    try {
      await this.#openAndRecover(code);
    } catch (error) {
      if (!isNoSpace(error) || !(await this.#ballast.release(this.#params.dir))) throw error;
      this.observer.noticed({
        code: 'ballast-used',
        text: `the disk was too full to open the log: the ballast of ${this.#ballast.bytes} bytes was given up`,
      });
      await this.#openAndRecover(code);
    }
  }

  async #openAndRecover(code: 'opened' | 'reopened'): Promise<void> {
    const { dir, create, open } = this.#params;
    const { db, dropped } = await openDatabase({ dir, create, open });
    try {
      const store = new Store(db, this.damage);
      const { holds, lanes } = this;
      const level = await this.#highWater.read();
      const recovered = await recover({ store, holds, lanes, level, recount: dropped.length > 0 });
      const { number, nextSequence } = recovered.instance.head.marks;
      this.#highWater.note({ number, nextSequence });
      this.#nextSequence = recovered.instance.head.marks.nextSequence;
      // A batch that is missing had a record at least, though it need not have been a webhook.
      this.sequenceGaps += recovered.sequenceGaps || recovered.batchesMissing;
      this.#tellOpening(code, dropped, recovered);
      await this.committer.attach(recovered.instance);
      this.#instance = recovered.instance;
      this.#lastOpened = recovered.instance;
    } catch (error) {
      await db.close().catch(() => undefined);
      throw isLogError(error) ? error : openError(dir, error);
    }
  }

  #tellOpening(
    code: 'opened' | 'reopened',
    dropped: readonly string[],
    found: Omit<Recovered, 'instance'>,
  ): void {
    const { observer } = this;
    const { takenUp, sequenceGaps, recounted, batchesMissing } = found;
    for (const line of dropped) observer.noticed({ code: 'dropped-at-open', text: line });
    this.damage.noteDropped(dropped.length);
    if (batchesMissing > 0) {
      observer.noticed({
        code: 'end-missing',
        text: `the end of the log is missing: ${batchesMissing} batches that had been on disk; see hookward verify`,
      });
    }
    if (sequenceGaps > 0) {
      observer.noticed({
        code: 'sequence-gap',
        text: `${sequenceGaps} webhooks are missing from the log's sequence`,
      });
    }
    if (takenUp > 0) {
      observer.noticed({
        code: 'recovered-pending',
        text: `${takenUp} webhooks that were in flight are pending again`,
      });
    }
    observer.noticed({
      code,
      text: `the log in ${this.#params.dir} is open${recounted ? '; its counters were counted anew' : ''}`,
    });
  }

  /** A write failed: the instance is over. */
  #fail(error: unknown): void {
    const instance = this.#instance;
    this.#instance = null;
    this.#failure = explained(error);
    this.observer.noticed({ code: 'write-failed', text: this.#failure });
    this.#tellMode();
    this.#reopening = this.#reopen(instance);
  }

  async #reopen(failed: Instance | null): Promise<void> {
    await failed?.store.close().catch(() => undefined);
    for (let pauseMs = retryFirstMs; this.#phase === 'running'; pauseMs = Math.min(retryMaxMs, pauseMs * 2)) {
      try {
        await this.#openOnce('reopened');
        this.#wake();
        await this.guard.check();
        this.#tellMode();
        return;
      } catch (error) {
        this.#failure = explained(error);
        this.observer.noticed({ code: 'open-failed', text: this.#failure });
      }
      await this.#pause(pauseMs);
    }
  }

  stop(deadlineMs: number): Promise<void> {
    if (this.#phase === 'new' || this.#phase === 'stopped') return Promise.resolve();
    this.#stopping ??= this.#end(deadlineMs);
    return this.#stopping;
  }

  async #end(deadlineMs: number): Promise<void> {
    const canDrain = this.#instance !== null;
    this.#phase = 'stopping';
    this.#tellMode();
    this.#wake();
    const deadline = new Promise<void>((resolve) => this.clock.after(deadlineMs, resolve));
    if (canDrain) await Promise.race([this.committer.flush('synced').catch(() => undefined), deadline]);
    this.committer.detach(closed());
    await this.guard.stop();
    await Promise.race([this.#readThrough.stop(), deadline]);
    await Promise.race([this.#highWater.stop(), deadline]);
    await Promise.race([this.#reopening, deadline]);
    const instance = this.#instance;
    this.#instance = null;
    // A reopening that was under way has taken the committer up again.
    this.committer.detach(closed());
    if (instance !== null) await Promise.race([instance.store.close(), deadline]);
    this.#phase = 'stopped';
  }
}
