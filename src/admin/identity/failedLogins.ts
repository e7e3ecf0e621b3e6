import type { Clock } from '../../core/clock.ts';

/**
 * A token of `hookward keys token` has 256 bits and is never guessed. The limit keeps short tokens that somebody has
 * hashed himself from being tried out, and is of each address alone: a limit of all together would let one stranger keep
 * everybody out.
 */
const windowMs = 15 * 60_000;
const triesMax = 10;

/** The window that began first is forgotten first: 10,000 addresses take some 2 MB. */
const addressesMax = 10_000;

interface Window {
  readonly until: number;
  failures: number;
}

/** Failed logins of the last quarter of an hour, by address. */
export class FailedLogins {
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** In the order in which the windows began, which is that in which they end. */
  readonly #byAddress = new Map<string, Window>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** For how many milliseconds `address` may not try; 0: it may now. */
  waitMs(address: string): number {
    const own = this.#byAddress.get(address);
    return own === undefined || own.failures < triesMax
      ? 0
      : Math.max(0, own.until - this.#clock.monotonic());
  }

  /** Notes a failure; returns how many more `address` may have before it must wait. */
  add(address: string): number {
    const now = this.#clock.monotonic();
    this.#forgetEnded(now);
    const own = this.#byAddress.get(address) ?? { until: now + windowMs, failures: 0 };
    own.failures += 1;
    this.#byAddress.set(address, own);
    if (this.#byAddress.size > addressesMax) this.#forgetFirst();
    return triesMax - own.failures;
  }

  #forgetEnded(now: number): void {
    for (const [address, { until }] of this.#byAddress) {
      if (now < until) return;
      this.#byAddress.delete(address);
    }
  }

  #forgetFirst(): void {
    const [first] = this.#byAddress.keys();
    if (first !== undefined) this.#byAddress.delete(first);
  }
}
