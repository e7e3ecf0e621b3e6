import type { Clock } from '../core/clock.ts';

/** Tokens are too long to be guessed; the limits keep a flood of tries from costing more than this. */
const windowMs = 15 * 60_000;
const perAddressMax = 10;
const inAllMax = 200;

interface Window {
  readonly until: number;
  failures: number;
}

/** Failed logins of the last quarter of an hour, by address and in all. Holds `inAllMax` addresses at most. */
export class FailedLogins {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #byAddress = new Map<string, Window>();
  #all: Window = { until: -Infinity, failures: 0 };

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** For how many milliseconds `address` may not try; 0: it may now. */
  waitMs(address: string): number {
    const now = this.#clock.monotonic();
    const own = this.#byAddress.get(address);
    const ownWait = own !== undefined && own.failures >= perAddressMax ? own.until - now : 0;
    const allWait = this.#all.failures >= inAllMax ? this.#all.until - now : 0;
    return Math.max(0, ownWait, allWait);
  }

  add(address: string): void {
    const now = this.#clock.monotonic();
    if (now >= this.#all.until) this.#all = { until: now + windowMs, failures: 0 };
    this.#all.failures += 1;
    for (const [known, { until }] of this.#byAddress) if (now >= until) this.#byAddress.delete(known);
    const own = this.#byAddress.get(address) ?? { until: now + windowMs, failures: 0 };
    own.failures += 1;
    this.#byAddress.set(address, own);
  }
}
