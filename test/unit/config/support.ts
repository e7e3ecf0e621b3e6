import { writeFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import type { ConfigProblem, LoadedConfig, LoadParams, LoadResult } from '../../../src/config/index.ts';
import { explainConfig, loadConfig } from '../../../src/config/index.ts';

/** The repository's root: the nearest directory above that has a package.json. */
export function repositoryRoot(): string {
  const parts = import.meta.dirname.split('/');
  const at = Math.max(parts.lastIndexOf('dist'), parts.lastIndexOf('.build'));
  return parts.slice(0, at).join('/');
}

/** A directory that is gone after the tests of the file. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hookward-config-'));
  after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Writes a file below `directory` for its owner alone; returns its path. */
export function put(directory: string, name: string, content: string | Uint8Array, mode = 0o600): string {
  const path = join(directory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode });
  return path;
}

/** Loads `text` as the file `/etc/hookward/webhooks.config.yaml`; `others` are the other files by path. */
export function loadText(
  text: string | Uint8Array,
  more: Partial<Omit<LoadParams, 'path'>> & { readonly others?: Readonly<Record<string, string>> } = {},
): Promise<LoadResult> {
  const path = '/etc/hookward/webhooks.config.yaml';
  const files: Readonly<Record<string, string | Uint8Array>> = { ...more.others, [path]: text };
  return loadConfig({
    path,
    env: {},
    readFile: (name, bytesMax) => {
      const content = Object.hasOwn(files, name) ? files[name] : undefined;
      if (content === undefined) return Promise.reject(Object.assign(new Error('none'), { code: 'ENOENT' }));
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      return Promise.resolve({ bytes: bytes.subarray(0, bytesMax + 1), readableByOthers: false });
    },
    ...more,
  });
}

/** The configuration, or a failure that says what was wrong. */
export function valid(result: LoadResult): LoadedConfig {
  if (!result.ok) throw new Error(explainConfig(result.problems, 'config'));
  return result;
}

/** The problems; fails where there are none. */
export function problemsOf(result: LoadResult): readonly ConfigProblem[] {
  if (result.ok) throw new Error('the configuration is valid');
  return result.problems;
}

/** `line:column path: message; hint` of every problem. */
export function told(result: LoadResult): string[] {
  return problemsOf(result).map((problem) =>
    explainConfig([problem], 'x').replace(/^x:/, '').replace(/ {2}/, ' '),
  );
}

/** The least that is valid. */
export const least = 'botHosts: { main: { url: "http://127.0.0.1:3000" } }\n';
