/// <reference lib="dom" />
// The server's stream of changes, for as long as somebody looks: nothing is held open while the tab is hidden, and what
// ends without being asked to (a restart, a network that is gone, a login that is over) is opened again, ever less often.

/** What happened to a webhook, as the server tells it. */
export interface Change {
  readonly id: string;
  readonly route: string;
  readonly state: string;
  readonly what: string;
}

/** Who listens to the stream. */
export interface Listener {
  /** `more`: changes that were too many to be told one by one. */
  changed(changes: readonly Change[], more: number): void;
  /** The stream stands; `isAgain`: after a while in which changes were missed, not only those since the page was made. */
  opened(isAgain: boolean): void;
}

const firstRetryMs = 2_000;
const retryMaxMs = 60_000;

type Standing = 'live' | 'paused' | 'reconnecting';

/** Says in words whether the page is live. */
function show(standing: Standing): void {
  const place = document.querySelector<HTMLElement>('[data-live-status]');
  if (place === null) return;
  place.hidden = false;
  place.dataset['liveStatus'] = standing;
  place.textContent = standing;
}

/** One page's stream. */
class Stream {
  readonly #address: string;
  readonly #listener: Listener;
  #source: EventSource | null = null;
  #retryMs = firstRetryMs;
  #retry: number | null = null;
  /** It was open before: what happened meanwhile is not known here. */
  #isAgain = false;

  constructor(address: string, listener: Listener) {
    this.#address = address;
    this.#listener = listener;
  }

  open(): void {
    this.close();
    const source = new EventSource(this.#address);
    this.#source = source;
    source.addEventListener('open', () => {
      this.#retryMs = firstRetryMs;
      show('live');
      this.#listener.opened(this.#isAgain);
      this.#isAgain = true;
    });
    source.addEventListener('changes', ({ data }: MessageEvent<string>) => {
      const { changes, more } = JSON.parse(data) as {
        readonly changes: readonly Change[];
        readonly more: number;
      };
      this.#listener.changed(changes, more);
    });
    source.addEventListener('error', () => {
      show('reconnecting');
      // After a broken connection browsers come again by themselves; after a refusal they do not.
      if (source.readyState === EventSource.CLOSED) this.#openLater();
    });
  }

  close(): void {
    if (this.#retry !== null) window.clearTimeout(this.#retry);
    this.#retry = null;
    this.#source?.close();
    this.#source = null;
  }

  #openLater(): void {
    this.close();
    this.#retry = window.setTimeout(() => this.open(), this.#retryMs);
    this.#retryMs = Math.min(retryMaxMs, this.#retryMs * 2);
  }
}

/** Follows the stream at `address` while the tab is seen. */
export function followStream(address: string, listener: Listener): void {
  const stream = new Stream(address, listener);
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      stream.close();
      show('paused');
    } else {
      stream.open();
    }
  });
  window.addEventListener('pagehide', () => stream.close());
  // A page that comes back out of the browser's memory has been closed on leaving.
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) stream.open();
  });
  if (!document.hidden) stream.open();
}
