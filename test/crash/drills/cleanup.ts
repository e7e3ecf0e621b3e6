// What drills leave on the machine while they run (mounts, cgroups, tracers, servers), so that it goes again however a
// drill ends: by its own `finally`, by its deadline, or by Ctrl-C.

interface Left {
  readonly what: string;
  readonly undo: () => Promise<unknown>;
}

const left: Left[] = [];

/** So long one piece of clearing up may take. */
const undoDeadlineMs = 30_000;

/**
 * Notes something that must be undone. What comes back undoes it now, once; a second call does nothing.
 *
 * @param what In words, for the message where it cannot be undone.
 */
export function toUndo(what: string, undo: () => Promise<unknown>): () => Promise<void> {
  const one: Left = { what, undo };
  left.push(one);
  return async () => {
    const at = left.indexOf(one);
    if (at < 0) return;
    left.splice(at, 1);
    await undo();
  };
}

/** Undoes everything that is left, the newest first; gives what could not be undone, a sentence each. */
export async function undoAll(): Promise<readonly string[]> {
  const failures: string[] = [];
  for (let one = left.pop(); one !== undefined; one = left.pop()) {
    try {
      await within(undoDeadlineMs, one.what, one.undo());
    } catch (error) {
      failures.push(`${one.what} was not undone: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return failures;
}

/** Waits for `work` no longer than `deadlineMs`. @throws Error where it is not done by then; it goes on all the same. */
export async function within<T>(deadlineMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not done within ${deadlineMs} ms`)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
