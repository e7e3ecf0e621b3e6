import { createHash } from 'node:crypto';
import type { Random } from '../../src/core/random.ts';

/** Chance that repeats: mulberry32 for fractions, SHA-256 in counter mode for bytes. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  let counter = 0;
  return {
    fraction() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    bytes(length) {
      const blocks: Buffer[] = [];
      for (let made = 0; made < length; made += 32) {
        blocks.push(
          createHash('sha256')
            .update(`${String(seed)}:${String(counter++)}`)
            .digest(),
        );
      }
      return Buffer.concat(blocks).subarray(0, length);
    },
  };
}
