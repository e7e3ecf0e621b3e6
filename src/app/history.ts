// The last hour in numbers, for the overview's charts. Memory only: 360 samples, and counters that begin anew with each.
import type { History, HistorySample } from '../admin/index.ts';
import type { Clock, Timer } from '../core/clock.ts';
import type { Service } from '../core/service.ts';
import type { Metering } from './metering.ts';

const sampleEveryMs = 10_000;
const samplesMax = 360;

/** Waits from 1 ms up, each step 15 % longer than the one before: the 86th is 166 s, longer than any caller is held. */
const firstWaitSeconds = 0.001;
const waitGrowth = 1.15;
const waitSteps = 86;

/** How long callers waited, in steps. */
class WaitCounts {
  readonly #counts = new Uint32Array(waitSteps);
  #total = 0;

  add(seconds: number): void {
    const step = Math.ceil(
      Math.log(Math.max(seconds, firstWaitSeconds) / firstWaitSeconds) / Math.log(waitGrowth),
    );
    const at = Math.min(waitSteps - 1, step);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#total += 1;
  }

  /** What `share` of the callers waited at most; null: there were none. Begins anew. */
  take(share: number): number | null {
    if (this.#total === 0) return null;
    let left = Math.ceil(this.#total * share);
    const step = this.#counts.findIndex((count) => (left -= count) <= 0);
    this.#counts.fill(0);
    this.#total = 0;
    return firstWaitSeconds * waitGrowth ** step;
  }
}

const noCounts = () => ({ received: 0, delivered: 0, dead: 0, refused: 0, duplicates: 0, retries: 0 });

/** Readings at the end of each interval. */
type Readings = () => Pick<HistorySample, 'pending' | 'pastDueSeconds'>;

/** The history, and what makes it. */
export interface KeptHistory extends History, Service {
  /** The same metering, whose calls are counted here too. */
  counting(metering: Metering): Metering;
}

/** Makes a history that begins with `start`. */
export function createHistory(clock: Clock, readings: Readings): KeptHistory {
  const samples: HistorySample[] = [];
  const waits = new WaitCounts();
  let counts = noCounts();
  let timer: Timer | null = null;

  const sampleLater = () => {
    timer = clock.after(sampleEveryMs, () => {
      samples.push({ at: clock.now(), ...counts, ...readings(), waitP95Seconds: waits.take(0.95) });
      if (samples.length > samplesMax) samples.shift();
      counts = noCounts();
      sampleLater();
    });
  };

  return {
    samples: () => samples,
    start() {
      sampleLater();
      return Promise.resolve();
    },
    stop() {
      timer?.cancel();
      return Promise.resolve();
    },
    counting: (metering) => ({
      ...metering,
      ingress: {
        ...metering.ingress,
        received(route, bodyBytes) {
          counts.received += 1;
          metering.ingress.received(route, bodyBytes);
        },
        refused(code) {
          counts.refused += 1;
          metering.ingress.refused(code);
        },
        duplicate(route, outcome) {
          counts.duplicates += 1;
          metering.ingress.duplicate(route, outcome);
        },
        answered(route, kind, waitSeconds) {
          waits.add(waitSeconds);
          metering.ingress.answered(route, kind, waitSeconds);
        },
      },
      delivery: {
        ...metering.delivery,
        attempted(facts) {
          if (facts.retry) counts.retries += 1;
          if (facts.state === 'delivered') counts.delivered += 1;
          metering.delivery.attempted(facts);
        },
        died(facts) {
          counts.dead += 1;
          metering.delivery.died(facts);
        },
      },
    }),
  };
}
