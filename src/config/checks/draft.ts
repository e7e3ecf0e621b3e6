// What of a configuration is valid part by part. Checks across parts run on it even while other parts are wrong, so
// that all problems are told at once.
import type { z } from 'zod';
import type { PathStep } from '../problems.ts';
import type { BotHostConfig, Config, RouteConfig } from '../schema/config.ts';
import { configSchema } from '../schema/config.ts';

/** A configuration as far as it is valid; null where a part is not, beyond what can be left out of it. */
export interface Draft {
  readonly listen: Config['listen'] | null;
  readonly admin: Config['admin'] | null;
  readonly publicUrl: string | null;
  readonly addresses: readonly ListedAddress[];
  readonly limits: Config['limits'] | null;
  readonly access: Config['access'] | null;
  /** Every name that the file gives; null for a host that is not valid. */
  readonly botHosts: ReadonlyMap<string, BotHostConfig | null>;
  /** By their place in the file. */
  readonly routes: readonly (RouteConfig | null)[];
  readonly passThrough: Config['passThrough'];
  readonly links: Config['links'] | null;
  readonly log: Config['log'] | null;
  /** Whether the file gives anything but null there, be it right or wrong. */
  readonly gives: (steps: readonly PathStep[]) => boolean;
}

type Keyed = Readonly<Record<string, unknown>>;

function isMap(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A copy of `value` without the key that `path` ends with. */
function without(value: unknown, path: readonly PropertyKey[]): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  if (Array.isArray(value))
    return value.map((item: unknown, at) => (at === step ? without(item, rest) : item));
  if (!isMap(value) || typeof step !== 'string') return value;
  const { [step]: gone, ...others } = value;
  return rest.length === 0 ? others : { ...others, [step]: without(gone, rest) };
}

/** Where to cut for one complaint; null where nothing is left to cut. */
function cutFor(value: unknown, path: readonly PropertyKey[]): readonly PropertyKey[] | null {
  let cut = path;
  // What is missing cannot be taken out, but what misses it can; and a list with a hole would tell wrong places.
  while (cut.length > 0 && (at(value, cut) === undefined || typeof cut.at(-1) === 'number'))
    cut = cut.slice(0, -1);
  return cut.length === 0 ? null : cut;
}

/** Each round takes out what the one before found; wrongs within wrongs are not deeper than the schema. */
const roundsMax = 8;

/**
 * Parses `value` without what is wrong in it: unknown keys always, wrong values where `valuesToo` (defaults then stand
 * in). Null where that does not do.
 */
function salvage<T extends z.ZodType>(schema: T, value: unknown, valuesToo = true): z.output<T> | null {
  let rest = value;
  for (let round = 0; round < roundsMax; round += 1) {
    const parsed = schema.safeParse(rest);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues) {
      const unknownKeys = issue.code === 'unrecognized_keys' ? issue.keys : null;
      if (unknownKeys === null && !valuesToo) return null;
      for (const path of unknownKeys?.map((key) => [...issue.path, key]) ?? [issue.path]) {
        const cut = cutFor(rest, path);
        if (cut === null) return null;
        rest = without(rest, cut);
      }
    }
  }
  return null;
}

/** A text of a list of addresses, wrong or not, and where it stands. */
interface ListedAddress {
  readonly text: string;
  readonly steps: readonly PathStep[];
}

function at(value: unknown, steps: readonly PropertyKey[]): unknown {
  return steps.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, step)
        ? (inner as Readonly<Record<PropertyKey, unknown>>)[step]
        : undefined,
    value,
  );
}

function routesOf(value: unknown): readonly unknown[] {
  const routes = at(value, ['routes']);
  return Array.isArray(routes) ? routes : [];
}

function addressesOf(value: unknown): ListedAddress[] {
  const whitelists: PathStep[][] = [
    ['access', 'whitelist'],
    ...routesOf(value).map((_, index) => ['routes', index, 'whitelist']),
  ];
  // A whitelist may be the list itself, or a map that has it.
  const lists = [['trustedProxies'], ...whitelists.flatMap((steps) => [steps, [...steps, 'addresses']])];
  return lists.flatMap((steps) => {
    const list = at(value, steps);
    return (Array.isArray(list) ? list : []).flatMap((text: unknown, index) =>
      typeof text === 'string' && text !== '' ? [{ text, steps: [...steps, index] }] : [],
    );
  });
}

/** The valid parts of the plain values of a configuration. Never throws. */
export function draftOf(value: unknown): Draft {
  const raw: Keyed = isMap(value) ? value : {};
  const { shape } = configSchema;
  const { botHosts } = raw;
  const routes = routesOf(value);
  return {
    listen: salvage(shape.listen, raw['listen']),
    admin: salvage(shape.admin, raw['admin'], false),
    publicUrl: salvage(shape.publicUrl, raw['publicUrl']),
    addresses: addressesOf(value),
    limits: salvage(shape.limits, raw['limits']),
    access: salvage(shape.access, raw['access']),
    botHosts: new Map(
      Object.entries(isMap(botHosts) ? botHosts : {}).map(([name, host]) => [
        name,
        salvage(shape.botHosts.valueType, host),
      ]),
    ),
    routes: routes.map((route) => salvage(shape.routes.unwrap().element, route)),
    passThrough: salvage(shape.passThrough, raw['passThrough']),
    links: salvage(shape.links, raw['links'], false),
    log: salvage(shape.log, raw['log']),
    gives: (steps) => (at(value, steps) ?? null) !== null,
  };
}
