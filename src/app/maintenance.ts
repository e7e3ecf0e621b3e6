import type { Clock, Timer } from '../core/clock.ts';
import type { Service } from '../core/service.ts';
import type { Retention, RetentionPolicy } from '../log/index.ts';

/** Between two looks when nothing was left to remove. */
const periodMs = 10_000;

/** Between two chunks while there is more: appends go first. */
const chunkPauseMs = 20;

/** Webhooks removed by one chunk: a few milliseconds of work. */
const chunkMax = 500;

export interface MaintenanceParts {
  readonly log: Retention;
  readonly clock: Clock;
  readonly policy: () => RetentionPolicy;
  readonly failed: (error: unknown) => void;
}

/** Removes what retention lets go, chunk by chunk, for as long as the process runs. */
export function createMaintenance({ log, clock, policy, failed }: MaintenanceParts): Service {
  let timer: Timer | null = null;
  let running: Promise<void> = Promise.resolve();
  let stopped = true;

  async function chunk(): Promise<void> {
    let more = false;
    try {
      ({ more } = await log.retain({ policy: policy(), now: clock.now(), limit: chunkMax }));
    } catch (error) {
      failed(error);
    }
    plan(more ? chunkPauseMs : periodMs);
  }

  function plan(delayMs: number): void {
    if (stopped) return;
    timer = clock.after(delayMs, () => void (running = chunk()));
  }

  return {
    start() {
      stopped = false;
      plan(periodMs);
      return Promise.resolve();
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await running;
    },
  };
}
