import type { PathStep } from '../problems.ts';
import { pathText } from '../problems.ts';
import type { Config } from '../schema/config.ts';
import type { SchemaNode } from '../schema/tree.ts';
import { childNode, configTree } from '../schema/tree.ts';

/** What differs between two configurations, as paths such as `routes[payments].answer.for`. Never a value. */
export interface ConfigDiff {
  readonly changed: readonly string[];
  /** Those of `changed` that take effect only after a restart. */
  readonly restart: readonly string[];
}

type Keyed = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an entry of a list is known by, so that a new first route is one change and not a change of every route. */
function nameOf(entry: unknown): string | null {
  if (!isMap(entry)) return null;
  const name = entry['name'] ?? entry['id'];
  return typeof name === 'string' ? name : null;
}

/** The entries by name; null where some have none or share one. */
function byName(list: readonly unknown[]): ReadonlyMap<string, unknown> | null {
  const entries = new Map<string, unknown>();
  for (const entry of list) {
    const name = nameOf(entry);
    if (name === null || entries.has(name)) return null;
    entries.set(name, entry);
  }
  return entries;
}

interface Place {
  readonly schema: SchemaNode | null;
  readonly path: string;
}

class Comparison {
  readonly changed: string[] = [];
  readonly restart: string[] = [];

  compare(before: unknown, after: unknown, place: Place): void {
    if (Object.is(before, after)) return;
    if (isMap(before) && isMap(after)) this.maps(before, after, place);
    else if (Array.isArray(before) && Array.isArray(after)) this.lists(before, after, place);
    else this.note(place);
  }

  private note({ schema, path }: Place): void {
    this.changed.push(path);
    if (schema?.restart === true) this.restart.push(path);
  }

  private maps(before: Keyed, after: Keyed, place: Place): void {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      this.compare(before[key], after[key], {
        schema: place.schema && childNode(place.schema, key),
        path: join(place.path, key),
      });
  }

  private lists(before: readonly unknown[], after: readonly unknown[], place: Place): void {
    const schema = place.schema && childNode(place.schema, 0);
    const olds = byName(before);
    const news = byName(after);
    if (olds !== null && news !== null) {
      for (const name of new Set([...olds.keys(), ...news.keys()]))
        this.compare(olds.get(name), news.get(name), { schema, path: `${place.path}[${name}]` });
      const order = (names: ReadonlyMap<string, unknown>) => [...names.keys()].join('\n');
      if (olds.size === news.size && order(olds) !== order(news) && sameNames(olds, news)) this.note(place);
      return;
    }
    for (let at = 0; at < Math.max(before.length, after.length); at += 1)
      this.compare(before[at], after[at], { schema, path: `${place.path}[${at}]` });
  }
}

function sameNames(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  return [...one.keys()].every((name) => other.has(name));
}

function join(path: string, key: PathStep): string {
  const step = pathText([key]);
  return path === '' || step.startsWith('[') ? `${path}${step}` : `${path}.${step}`;
}

/**
 * Compares two configurations that are in force or could be. A reload is all or nothing: where `restart` is not empty,
 * the whole reload is to be refused, and its paths told.
 */
export function diffConfig(before: Config, after: Config): ConfigDiff {
  const comparison = new Comparison();
  comparison.compare(before, after, { schema: configTree, path: '' });
  return { changed: comparison.changed, restart: comparison.restart };
}
