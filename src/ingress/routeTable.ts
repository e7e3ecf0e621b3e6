// Finds the route of a path. Paths are compared byte by byte as they came: no decoding, no folding of case, no merging
// (target.ts has refused what another server could read differently).
import { HookwardError } from '../core/errors.ts';
import { pathEnd } from './target.ts';

/** What a table must know of a route. */
export interface Routed {
  readonly name: string;
  /** e.g. `/v1/bots/:bot/new-webhook`, `/hooks/*`. */
  readonly path: string;
}

export interface RouteMatch<R> {
  readonly route: R;
  /** What stands where the route's path has `:bot`, as on the wire; null where it has none. */
  readonly bot: string | null;
}

export interface RouteTable<R> {
  /** The most exact route that takes `path` (no query), or null. */
  match(path: string): RouteMatch<R> | null;
}

/**
 * A place in the tree of path segments. At each one a segment that is spelled out beats `:name`, and that beats `*`; the
 * first segment in which two routes differ decides.
 */
interface Place<R> {
  readonly exact: Map<string, Place<R>>;
  named: Place<R> | null;
  /** Taken by a path that ends here. */
  end: Ending<R> | null;
  /** Taken by a path that goes on here, whatever follows. */
  rest: Ending<R> | null;
}

interface Ending<R> {
  readonly route: R;
  /** Which segment names the bot; -1: none. */
  readonly botAt: number;
}

const place = <R>(): Place<R> => ({ exact: new Map(), named: null, end: null, rest: null });

function unusable(route: Routed, why: string): HookwardError {
  return new HookwardError('config-invalid', { message: `route ${route.name}, path ${route.path}: ${why}` });
}

function checkSegments(route: Routed, segments: readonly string[]): void {
  const names = segments.filter((segment) => segment.startsWith(':'));
  if (names.includes(':')) throw unusable(route, 'a name must follow the colon');
  if (new Set(names).size < names.length) throw unusable(route, 'a name stands twice');
  const stars = segments.filter((segment) => segment.includes('*'));
  if (stars.length > 0 && (stars.length > 1 || segments.at(-1) !== '*'))
    throw unusable(route, 'a * may only be the last segment, alone');
  if (pathEnd(route.path) !== route.path.length)
    throw unusable(route, 'no request can have this path (see dot segments, // and percent-encodings)');
}

function next<R>(from: Place<R>, segment: string): Place<R> {
  if (segment.startsWith(':')) return (from.named ??= place());
  let found = from.exact.get(segment);
  if (found === undefined) {
    found = place();
    from.exact.set(segment, found);
  }
  return found;
}

function add<R extends Routed>(root: Place<R>, route: R): void {
  const segments = route.path.slice(1).split('/');
  checkSegments(route, segments);
  const ending = { route, botAt: segments.indexOf(':bot') };
  const open = segments.at(-1) === '*';
  let at = root;
  for (const segment of open ? segments.slice(0, -1) : segments) at = next(at, segment);
  const taken = open ? at.rest : at.end;
  if (taken !== null) throw unusable(route, `route ${taken.route.name} takes the same requests`);
  if (open) at.rest = ending;
  else at.end = ending;
}

/**
 * The best ending for the segments from `from` on. Tries at most one branch for each place of the configured tree, so the
 * work is bounded by the configuration, not by the path.
 */
function find<R>(at: Place<R>, path: string, from: number): Ending<R> | null {
  if (from > path.length) return at.end;
  const slash = path.indexOf('/', from);
  const until = slash === -1 ? path.length : slash;
  if (at.exact.size > 0) {
    const exact = at.exact.get(path.slice(from, until));
    const found = exact === undefined ? null : find(exact, path, until + 1);
    if (found !== null) return found;
  }
  if (at.named !== null && until > from) {
    const found = find(at.named, path, until + 1);
    if (found !== null) return found;
  }
  return at.rest;
}

function segmentAt(path: string, index: number): string {
  let from = 1;
  for (let passed = 0; passed < index; passed += 1) from = path.indexOf('/', from) + 1;
  const until = path.indexOf('/', from);
  return until === -1 ? path.slice(from) : path.slice(from, until);
}

/**
 * Builds the table of `routes`. `:name` stands for one segment that is not empty; a closing `*` for all that follows its
 * slash, even nothing.
 *
 * @throws HookwardError `config-invalid` for a path that cannot be used, or that takes the same requests as another.
 */
export function createRouteTable<R extends Routed>(routes: readonly R[]): RouteTable<R> {
  const root = place<R>();
  // Most tables are of paths that are spelled out: one look-up, no walk. Such a path is the most exact there can be.
  const spelledOut = new Map<string, RouteMatch<R>>();
  for (const route of routes) {
    add(root, route);
    if (!/[:*]/.test(route.path)) spelledOut.set(route.path, { route, bot: null });
  }
  return {
    match(path) {
      const exact = spelledOut.get(path);
      if (exact !== undefined) return exact;
      const ending = find(root, path, 1);
      if (ending === null) return null;
      return { route: ending.route, bot: ending.botAt < 0 ? null : segmentAt(path, ending.botAt) };
    },
  };
}
