// Turns what the schema complains about into problems for people. A value is never repeated: it may be a secret, or
// have come out of the environment.
import type { z } from 'zod';
import { nearest } from '../guess.ts';
import type { PathStep } from '../problems.ts';
import { problemsMax, quoteKey } from '../problems.ts';
import type { SchemaNode } from '../schema/tree.ts';
import { configTree, mapNode, nodeAt } from '../schema/tree.ts';

type Issue = z.core.$ZodIssue;

/** A problem that does not know yet where in the file it stands. */
export interface Finding {
  readonly steps: readonly PathStep[];
  /** What to point at. */
  readonly what: 'key' | 'value';
  readonly message: string;
  readonly hint?: string;
}

/** More known keys than this are not listed. */
const listedMax = 12;

const steps = (path: readonly PropertyKey[]): PathStep[] =>
  path.map((step) => (typeof step === 'symbol' ? String(step) : step));

function expected(node: SchemaNode | null): string {
  if (node === null) return 'something else';
  if (node.unit !== null) return `${node.unit} such as ${node.sample ?? ''}`;
  switch (node.kind) {
    case 'object':
    case 'record':
      return 'a map of keys';
    case 'list':
      return 'a list';
    case 'string':
      return 'text';
    case 'number':
      return node.integer ? 'a whole number' : 'a number';
    case 'boolean':
      return 'true or false';
    case 'enum':
      return node.values.length === 1 ? (node.values[0] ?? '') : `one of ${node.values.join(', ')}`;
    case 'union':
      return node.options.map(expected).join(', or ');
  }
}

function found(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number';
  return 'true or false';
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let at = root;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[step];
  }
  return at;
}

/** Where else a key of this name belongs, e.g. `limits`; null where that is nowhere or in several places. */
function homeOf(key: string): string | null {
  const homes = [...configTree.fields].filter(([, section]) => section.fields.has(key));
  return homes.length === 1 ? (homes[0]?.[0] ?? null) : null;
}

function didYouMean(name: string | null): { readonly hint?: string } {
  return name === null ? {} : { hint: `did you mean "${name}"?` };
}

function unknownKey(parent: SchemaNode | null, path: readonly PathStep[], key: string): Finding {
  const known = [...(parent?.fields.keys() ?? [])];
  const finding = { steps: [...path, key], what: 'key', message: 'unknown key' } as const;
  if (key === '<<') return { ...finding, hint: 'merge keys are not supported; an alias of a whole value is' };
  const near = nearest(key, known);
  if (near !== null) return { ...finding, ...didYouMean(near) };
  const home = homeOf(key);
  if (home !== null) return { ...finding, hint: `it belongs under ${home}` };
  return known.length === 0 || known.length > listedMax
    ? finding
    : { ...finding, hint: `known here: ${known.join(', ')}` };
}

function wrongType(node: SchemaNode | null, path: readonly PathStep[], value: unknown): Finding {
  if (value === undefined) return { steps: path, what: 'value', message: 'is required' };
  const finding: Finding = {
    steps: path,
    what: 'value',
    message: `expected ${expected(node)}, not ${found(value)}`,
  };
  return node?.kind === 'enum' && typeof value === 'string' ? wrongChoice(node, path, value) : finding;
}

function wrongChoice(node: SchemaNode, path: readonly PathStep[], value: unknown): Finding {
  const near = typeof value === 'string' ? nearest(value, node.values) : null;
  const message =
    near !== null && node.values.length > listedMax ? 'unknown name' : `expected ${expected(node)}`;
  return { steps: path, what: 'value', message, ...didYouMean(near) };
}

function bound(issue: Issue & { readonly code: 'too_small' | 'too_big' }): string {
  const small = issue.code === 'too_small';
  const limit = String(small ? issue.minimum : issue.maximum);
  const most = small ? 'at least' : 'at most';
  if (issue.origin === 'string' && limit === '1') return 'must not be empty';
  if (issue.origin === 'string') return `must have ${most} ${limit} characters`;
  if (issue.origin === 'array') return `must have ${most} ${limit} ${limit === '1' ? 'entry' : 'entries'}`;
  return `must be ${most} ${limit}`;
}

/** Where among the alternatives the one of a map's or list's own shape stands; null for scalars, and where there is none. */
function sameShape(value: unknown, { options }: SchemaNode): number | null {
  if (typeof value !== 'object' || value === null) return null;
  const shape = Array.isArray(value) ? 'list' : 'object';
  const at = options.findIndex(({ kind }) => kind === shape);
  return at === -1 ? null : at;
}

/** What is wrong with the alternative that the value was meant to be; with all of them where that cannot be told. */
function ofUnion(
  issue: Issue & { readonly code: 'invalid_union' },
  node: SchemaNode | null,
  root: unknown,
): Finding[] {
  const path = steps(issue.path);
  const value = valueAt(root, issue.path);
  const at = node === null ? null : sameShape(value, node);
  const issues = at === null ? undefined : issue.errors[at];
  if (issues !== undefined) {
    return issues.flatMap((one) => findingsOf({ ...one, path: [...issue.path, ...one.path] }, root));
  }
  const values = node?.options.flatMap((option) => option.values) ?? [];
  const near = typeof value === 'string' ? nearest(value, values) : null;
  return [{ steps: path, what: 'value', message: `expected ${expected(node)}`, ...didYouMean(near) }];
}

/** What one complaint of the schema means, in the words of this file. `root` is the value that was judged. */
export function findingsOf(issue: Issue, root: unknown): Finding[] {
  const node = nodeAt(issue.path);
  const path = steps(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, problemsMax + 1).map((key) => unknownKey(node && mapNode(node), path, key));
    case 'invalid_type':
      return [wrongType(node, path, valueAt(root, issue.path))];
    case 'invalid_value':
      return [
        node === null ? wrongType(node, path, null) : wrongChoice(node, path, valueAt(root, issue.path)),
      ];
    case 'too_small':
    case 'too_big':
      return [{ steps: path, what: 'value', message: bound(issue) }];
    case 'invalid_union':
      return ofUnion(issue, node, root);
    case 'invalid_key': {
      const why = issue.issues[0]?.message ?? 'this name cannot be a key';
      return [{ steps: path, what: 'key', message: why }];
    }
    // Formats and own rules bear the schema's own words, which repeat no value.
    case 'invalid_format':
    case 'custom':
    case 'not_multiple_of':
    case 'invalid_element':
      return [{ steps: path, what: 'value', message: issue.message }];
  }
}

/** The guess for a name that should be one of `known`, as a problem. The name itself is not repeated. */
export function unknownName(
  where: readonly PathStep[],
  name: string,
  what: string,
  known: readonly string[],
): Finding {
  const near = nearest(name, known);
  const listed = known.length > 0 && known.length <= listedMax;
  const hint =
    near !== null
      ? `did you mean "${near}"?`
      : listed
        ? `there are: ${known.map((one) => (/^[\w.-]+$/.test(one) ? one : quoteKey(one))).join(', ')}`
        : undefined;
  return {
    steps: where,
    what: 'value',
    message: `there is no such ${what}`,
    ...(hint === undefined ? {} : { hint }),
  };
}
