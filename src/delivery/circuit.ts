import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { CircuitSettings, CircuitState } from './ports.ts';

/** What an attempt says about its bot host; `unknown`: nothing (our own bug, or a shutdown). */
export type HostVerdict = 'alive' | 'failing' | 'unknown';

/** Failures in a row that open the circuit again while it ramps up: a single slow command must not. */
const rampFailuresMax = 3;

/** Probes of many proxies that lost one host together are spread over the last fifth of the wait. */
const probeJitter = 0.2;

export interface CircuitParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: CircuitSettings;
  /** The host's cap of attempts at once. */
  readonly concurrency: number;
  readonly onChange: (state: CircuitState) => void;
}

/**
 * The circuit of one bot host: closed, open after failures in a row, one probe after a while, then more and more attempts
 * at once: each success adds one, so that every round of answers doubles them (1, 2, 4 ... as in TCP's slow start).
 *
 * Attempts carry the generation in which they began. One that began before the circuit opened says nothing about the host
 * now, so its verdict is not counted.
 */
export class Circuit {
  readonly #parts: Pick<CircuitParts, 'clock' | 'random' | 'onChange'>;
  #settings: CircuitSettings;
  #concurrency: number;
  #state: CircuitState = 'closed';
  #generation = 0;
  #failures = 0;
  #allowed = 1;
  #openMs: number;
  #probeAt = 0;

  constructor({ settings, concurrency, ...parts }: CircuitParts) {
    this.#parts = parts;
    this.#settings = settings;
    this.#concurrency = concurrency;
    this.#openMs = settings.openFor;
  }

  get state(): CircuitState {
    return this.#state;
  }

  get generation(): number {
    return this.#generation;
  }

  /** How many attempts of this generation may run at once. */
  get allowed(): number {
    switch (this.#state) {
      case 'closed':
        return this.#concurrency;
      case 'ramping':
        return Math.min(this.#allowed, this.#concurrency);
      case 'half-open':
      case 'open':
        return 1;
    }
  }

  /** Whether webhooks are taken without asking for the probe. */
  get admits(): boolean {
    return this.#state === 'closed' || this.#state === 'ramping';
  }

  /** Milliseconds until a probe may go; 0 when it may, and where the circuit is not open. */
  get probeInMs(): number {
    return this.#state === 'open' ? Math.max(0, this.#probeAt - this.#parts.clock.monotonic()) : 0;
  }

  /** Takes the one probe, if it is due. Its verdict, or `unknown`, must follow. */
  takeProbe(): boolean {
    if (this.#state !== 'open' || this.probeInMs > 0) return false;
    this.#enter('half-open');
    return true;
  }

  /** Takes new settings after a reload; the state stays. */
  update(settings: CircuitSettings, concurrency: number): void {
    this.#settings = settings;
    this.#concurrency = concurrency;
    this.#openMs = Math.min(Math.max(this.#openMs, settings.openFor), settings.openMax);
  }

  /** Whether an answer with `status` counts as a failure of the host. */
  isFailure(status: number): boolean {
    return this.#settings.statuses.includes(status);
  }

  /** Counts the verdict of an attempt that began in `generation`. */
  record(generation: number, verdict: HostVerdict): void {
    if (generation !== this.#generation) return;
    switch (verdict) {
      case 'alive':
        this.#recordAlive();
        break;
      case 'failing':
        this.#recordFailing();
        break;
      case 'unknown':
        // The probe told nothing: the next one may go at once.
        if (this.#state === 'half-open') this.#enter('open');
        break;
    }
  }

  #recordAlive(): void {
    this.#failures = 0;
    if (this.#state === 'closed' || this.#state === 'open') return;
    this.#allowed = this.#state === 'half-open' ? 2 : this.#allowed + 1;
    if (this.#allowed >= this.#concurrency) {
      this.#openMs = this.#settings.openFor;
      this.#enter('closed');
    } else if (this.#state === 'half-open') {
      this.#enter('ramping');
    }
  }

  #recordFailing(): void {
    this.#failures += 1;
    switch (this.#state) {
      case 'closed':
        if (this.#failures >= this.#settings.failures) this.#open(this.#settings.openFor);
        break;
      case 'ramping':
        this.#allowed = Math.max(1, Math.floor(this.#allowed / 2));
        if (this.#failures >= Math.min(rampFailuresMax, this.#settings.failures))
          this.#open(this.#openMs * 2);
        break;
      case 'half-open':
        this.#open(this.#openMs * 2);
        break;
      case 'open':
        break;
    }
  }

  #open(forMs: number): void {
    const { clock, random } = this.#parts;
    this.#openMs = Math.min(forMs, this.#settings.openMax);
    this.#probeAt = clock.monotonic() + this.#openMs * (1 - probeJitter * random.fraction());
    this.#generation += 1;
    this.#failures = 0;
    this.#enter('open');
  }

  #enter(state: CircuitState): void {
    this.#state = state;
    this.#parts.onChange(state);
  }
}
