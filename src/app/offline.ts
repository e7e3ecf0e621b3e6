import { createGate } from '../access/index.ts';
import { createOperations, maskFor, type Operations } from '../admin/index.ts';
import type { Config } from '../config/index.ts';
import { startInOrder, stopInReverse } from '../core/service.ts';
import { createLevelLog } from '../log/index.ts';
import { senderAddressBook, withSenders } from './senderAddresses.ts';
import { systemClock } from './system.ts';

/** How long closing may take: the last batch and a close of the database. */
const closeDeadlineMs = 10_000;

/**
 * Opens the configured log in this process, where no server holds it, and never creates one.
 *
 * @throws HookwardError `log-locked`, `log-not-found`, `log-damaged`, `log-newer`, `config-invalid`
 */
export async function openOffline(
  config: Config,
): Promise<{ operations: Operations; close: () => Promise<void> }> {
  const clock = systemClock;
  const { dir, freeBytesMin, ballastBytes } = config.log;
  const silent = { committed: () => undefined, modeChanged: () => undefined, noticed: () => undefined };
  const log = createLevelLog({ dir, freeBytesMin, ballastBytes, clock, observer: silent, create: false });
  const book = senderAddressBook(config);
  const settings = withSenders(config, (sender) => book[sender]?.addresses ?? []);
  const gate = createGate({ settings: { current: settings }, clock, store: log });
  const services = [log, gate];
  await startInOrder(services);
  return {
    operations: createOperations({
      log,
      access: gate,
      now: () => clock.now(),
      wake: () => undefined,
      counted: () => undefined,
      changed: () => undefined,
      mask: () => maskFor(config.admin.maskedHeaders),
    }),
    close: () => stopInReverse(services, closeDeadlineMs),
  };
}
