/** Something long-lived. `start` fails whole: what it had begun is undone. `stop` may be called twice, or before `start`. */
export interface Service {
  start(): Promise<void>;
  /** Ends the service; resolves when it has let go of everything, by `deadlineMs` at the latest. */
  stop(deadlineMs: number): Promise<void>;
}

/** Starts services in order; when one fails, those already started are stopped again, last first, and its error is thrown. */
export async function startInOrder(services: readonly Service[], undoDeadlineMs = 5_000): Promise<void> {
  const started: Service[] = [];
  try {
    for (const service of services) {
      await service.start();
      started.push(service);
    }
  } catch (error) {
    await stopInReverse(started, undoDeadlineMs).catch(() => undefined);
    throw error;
  }
}

/** Stops services last first. All are stopped even when one fails; the first failure is thrown at the end. */
export async function stopInReverse(services: readonly Service[], deadlineMs: number): Promise<void> {
  const failures: unknown[] = [];
  for (const service of services.toReversed()) {
    try {
      await service.stop(deadlineMs);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
