import type { Clock, Timer } from '../../core/clock.ts';
import type { ChangeFeed, WebhookChange } from './changes.ts';

/** Changes of one such while go out together: a page of people needs no more, and a storm costs no more. */
const gatherMs = 500;

/** Changes told one by one in each while; beyond them only how many more there were. */
const toldMax = 200;

/** After so long without a change a comment tells both sides that the other is there. */
const quietMs = 20_000;

/** Then a stream ends, and whoever follows it comes again: whether he still may is asked anew. */
const lifeMs = 15 * 60_000;

/** Who has read nothing for so long is gone, whatever the connection says. */
const unreadMs = 60_000;

/** What has changed since it was last taken: the latest of each webhook. */
class Gathered {
  readonly #latest = new Map<string, WebhookChange>();
  #more = 0;

  get isEmpty(): boolean {
    return this.#latest.size === 0;
  }

  add(change: WebhookChange): void {
    const before = this.#latest.get(change.id);
    if (before === undefined && this.#latest.size >= toldMax) this.#more += 1;
    // That it is new must not be lost behind what came of it at once.
    else this.#latest.set(change.id, before?.what === 'received' ? { ...change, what: 'received' } : change);
  }

  take(): string {
    const changes = [...this.#latest.values()].map(({ id, route, state, what }) => ({
      id,
      route,
      state,
      what,
    }));
    const data = JSON.stringify({ changes, more: this.#more });
    this.#latest.clear();
    this.#more = 0;
    return `event: changes\ndata: ${data}\n\n`;
  }
}

/** Whom a stream tells of its own end. */
interface LiveStreamParts {
  readonly clock: Clock;
  /** Ends the connection of one who does not read. */
  readonly cut: () => void;
  readonly ended: () => void;
}

/** Changes of a feed as server-sent events. Nothing is made before it can be sent, so that who reads slowly costs no memory. */
export class LiveStream {
  readonly body: ReadableStream<Uint8Array>;
  readonly #parts: LiveStreamParts;
  readonly #gathered = new Gathered();
  readonly #leave: () => void;
  readonly #life: Timer;
  #unread: Timer;
  #isOver = false;
  #isNew = true;
  #wake: () => void = () => undefined;

  /** @throws HookwardError `too-many-connections` */
  constructor(changes: ChangeFeed, parts: LiveStreamParts) {
    this.#parts = parts;
    this.#leave = changes.subscribe((change) => {
      const wasEmpty = this.#gathered.isEmpty;
      this.#gathered.add(change);
      if (wasEmpty) this.#wake();
    });
    this.#life = parts.clock.after(lifeMs, () => this.end());
    this.#unread = this.#cutLater();
    this.body = new ReadableStream(
      { pull: (controller) => this.#pull(controller), cancel: () => this.#left() },
      { highWaterMark: 0 },
    );
  }

  /** Ends it after what is being sent; harmless when it has ended. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
    this.#life.cancel();
    this.#wake();
    this.#parts.ended();
  }

  #left(): void {
    this.#unread.cancel();
    this.end();
  }

  /** Called when the reader takes the next piece: not while the connection is full. */
  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    this.#unread.cancel();
    const text = await this.#next();
    if (text === null) {
      controller.close();
      return;
    }
    controller.enqueue(new TextEncoder().encode(text));
    this.#unread = this.#cutLater();
  }

  async #next(): Promise<string | null> {
    if (this.#isNew) {
      // At once, so that the answer's header goes out.
      this.#isNew = false;
      return ': here\n\n';
    }
    if (this.#gathered.isEmpty && !this.#isOver) await this.#pause(quietMs, true);
    if (this.#gathered.isEmpty) return this.#isOver ? null : ': here\n\n';
    if (!this.#isOver) await this.#pause(gatherMs, false);
    return this.#isOver ? null : this.#gathered.take();
  }

  /** Waits for the time, the end, or, where asked, the first change. */
  #pause(ms: number, untilChange: boolean): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#parts.clock.after(ms, resolve);
      this.#wake = () => {
        if (!untilChange && !this.#isOver) return;
        timer.cancel();
        resolve();
      };
    });
  }

  #cutLater(): Timer {
    return this.#parts.clock.after(unreadMs, () => {
      this.end();
      this.#parts.cut();
    });
  }
}
