// Notices that a file of the configuration has changed. Directories are watched, not files: editors and Kubernetes
// put a new file in the old one's place, and a watch on the file would stay with the old one.
import type { FSWatcher } from 'node:fs';
import { realpathSync, statSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clock, Timer } from '../../core/clock.ts';

export interface WatchParams {
  /** The configuration file. */
  readonly path: string;
  /** The other files that it reads: `files` of `loadConfig`. May hold `path` too. */
  readonly files: readonly string[];
  readonly clock: Clock;
  /** Called after a change, once for all that happened together. Must not throw. */
  readonly onChange: () => void;
}

export interface ConfigWatcher {
  /** Watches these files, beside the configuration file, from now on: after a reload that reads others. */
  update(files: readonly string[]): void;
  /** Ends it; `onChange` is never called again. May be called twice. */
  close(): void;
}

/** An editor's save is several events within milliseconds; what comes later than this is looked at once more. */
const quietMs = 200;

/** How often the files are looked at without any event: network and overlay file systems send none. */
const lookMs = 5_000;

/** What changes when the file does: its own number, size and time; symbolic links followed. */
function signature(file: string): string {
  const facts = statSync(file, { throwIfNoEntry: false });
  return facts === undefined
    ? 'absent'
    : `${facts.dev}:${facts.ino}:${facts.size}:${facts.mtimeMs}:${facts.ctimeMs}`;
}

function safely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

class Watcher implements ConfigWatcher {
  private readonly params: WatchParams;
  private readonly directories = new Map<string, FSWatcher>();
  private signatures = new Map<string, string>();
  private quiet: Timer | null = null;
  private look: Timer | null = null;
  private closed = false;

  constructor(params: WatchParams) {
    this.params = params;
    this.update(params.files);
    this.lookLater();
  }

  update(files: readonly string[]): void {
    if (this.closed) return;
    const all = new Set([this.params.path, ...files].map((file) => resolve(file)));
    const before = this.signatures;
    this.signatures = new Map(
      [...all].map((file) => [file, before.get(file) ?? safely(() => signature(file), 'unreadable')]),
    );
    this.watchDirectories();
  }

  close(): void {
    this.closed = true;
    this.quiet?.cancel();
    this.look?.cancel();
    for (const watcher of this.directories.values()) watcher.close();
    this.directories.clear();
  }

  /** The directories of the files and of what their symbolic links lead to. */
  private watchDirectories(): void {
    const wanted = new Set<string>();
    for (const file of this.signatures.keys())
      wanted.add(dirname(file)).add(dirname(safely(() => realpathSync(file), file)));
    for (const [directory, watcher] of this.directories) {
      if (wanted.has(directory)) continue;
      watcher.close();
      this.directories.delete(directory);
    }
    for (const directory of wanted) {
      if (!this.directories.has(directory)) this.watchDirectory(directory);
    }
  }

  /** Where a directory cannot be watched (gone, or too many watches) the regular look has to do. */
  private watchDirectory(directory: string): void {
    const watcher = safely(() => watch(directory, { persistent: false }), null);
    if (watcher === null) return;
    watcher.on('change', () => this.settle());
    watcher.on('error', () => {
      watcher.close();
      this.directories.delete(directory);
    });
    this.directories.set(directory, watcher);
  }

  /** Counted from the first event, not the last: something else that keeps writing beside the file must not put it off. */
  private settle(): void {
    if (this.closed) return;
    this.quiet ??= this.params.clock.after(quietMs, () => {
      this.quiet = null;
      this.check();
    });
  }

  private lookLater(): void {
    this.look = this.params.clock.after(lookMs, () => {
      this.check();
      if (!this.closed) this.lookLater();
    });
  }

  private check(): void {
    if (this.closed) return;
    let changed = false;
    for (const [file, before] of this.signatures) {
      const now = safely(() => signature(file), 'unreadable');
      // In the middle of a save there may be no file at all; nothing can be loaded before it is back.
      if (now === before || now === 'absent') continue;
      this.signatures.set(file, now);
      changed = true;
    }
    // A directory that was replaced, or a link that leads elsewhere now, needs a new watch.
    if (changed) this.watchDirectories();
    if (changed) this.params.onChange();
  }
}

/** Calls `onChange` whenever the configuration file, or one of the files that it reads, has changed on disk. */
export function watchConfig(params: WatchParams): ConfigWatcher {
  return new Watcher(params);
}
