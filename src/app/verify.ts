import type { Config } from '../config/index.ts';
import type { Verified, VerifyProgress } from '../log/index.ts';
import { verifyLog } from '../log/index.ts';
import { systemClock } from './system.ts';

/**
 * Verifies the configured log, which no server may hold, and mends it where that is asked for. See `verifyLog`.
 *
 * @throws HookwardError `log-locked`, `log-not-found`, `log-newer`, `log-damaged` (nothing could be saved), `log-unavailable`
 */
export function verifyConfiguredLog(
  { log }: Config,
  call: { readonly repair: boolean; readonly onProgress: (progress: VerifyProgress) => void },
): Promise<Verified> {
  return verifyLog({ dir: log.dir, clock: systemClock, ...call });
}
