import { parseRange } from '../access/index.ts';

export { createHookward, type Hookward, type HookwardParts } from './hookward.ts';
export type { LogSink } from './logger.ts';
export { makeLink } from './links.ts';
export { openOffline } from './offline.ts';
export { assertUsable } from './settings.ts';
export { systemClock, systemRandom } from './system.ts';

/** What is wrong with an address or CIDR block of the configuration; null where nothing is. */
export function checkRange(text: string): string | null {
  const parsed = parseRange(text);
  return 'problem' in parsed ? parsed.problem : null;
}
