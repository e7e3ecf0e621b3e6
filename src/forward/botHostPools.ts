import type { Clock } from '../core/clock.ts';
import type { BotHostPool } from './botHostPool.ts';
import { createBotHostPool } from './botHostPool.ts';
import type { BotHostTarget } from './contract.ts';

/** One pool for each bot host, by its name. */
export interface BotHostPools {
  /** The pool for `target` as it is given: a reload's old and new targets never share connections. */
  of(target: BotHostTarget): BotHostPool;
  /** Retires the pools of hosts that are gone or have changed, and opens those of new ones. */
  retarget(targets: readonly BotHostTarget[]): void;
  /** Closes every connection. */
  destroy(): Promise<void>;
}

/** Makes the set of pools, empty at first. `ca` as in `createBotHostPool`. */
export function createBotHostPools(params: {
  readonly clock: Clock;
  readonly ca: string | undefined;
}): BotHostPools {
  const pools = new Map<string, BotHostPool>();

  function of(target: BotHostTarget): BotHostPool {
    const known = pools.get(target.name);
    if (known?.fits(target) === true) return known;
    known?.retire();
    const pool = createBotHostPool({ target, ...params });
    pools.set(target.name, pool);
    return pool;
  }

  return {
    of,
    retarget(targets) {
      const wanted = new Set(targets.map((target) => target.name));
      for (const [name, pool] of pools) {
        if (wanted.has(name)) continue;
        pools.delete(name);
        pool.retire();
      }
      targets.forEach(of);
    },
    async destroy() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}
