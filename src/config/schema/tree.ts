// The zod schema read as a tree, for all that needs to know more than whether a value is valid: guesses for unknown
// keys, secrets, what a reload may change, and the generated reference. zod's classes are looked at here and nowhere else.
import { z } from 'zod';
import { configSchema } from './config.ts';

/** What the schema says of one place of the configuration. */
export interface SchemaNode {
  readonly kind: 'object' | 'record' | 'list' | 'string' | 'number' | 'boolean' | 'enum' | 'union';
  /** Keys and their nodes; empty unless `kind` is `object`. */
  readonly fields: ReadonlyMap<string, SchemaNode>;
  /** The node of a list's or record's entries; null for other kinds. */
  readonly entry: SchemaNode | null;
  /** The values of an enum; empty for other kinds. */
  readonly values: readonly string[];
  /** The alternatives of a union; empty for other kinds. */
  readonly options: readonly SchemaNode[];
  readonly description: string;
  /** `a duration` or `a size` where the text bears a unit; else null. */
  readonly unit: string | null;
  /** What an operator might write, for messages and the generated files; undefined where the schema gives none. */
  readonly example: unknown;
  /** How a text with a unit looks, e.g. `25s`; null where it has none. */
  readonly sample: string | null;
  /** The least and the most, e.g. `1ms to 24h`; null where there is neither. */
  readonly range: string | null;
  readonly nullable: boolean;
  /** Whole numbers only. */
  readonly integer: boolean;
  /** What is taken where the key is left out, as it would be written in the file; undefined: nothing. */
  readonly fallback: unknown;
  /** The key can be left out though nothing is then taken in its place. */
  readonly optional: boolean;
  /** Never printed. */
  readonly secret: boolean;
  /** Names a file or directory; relative ones count from the configuration file's directory. */
  readonly file: boolean;
  /** A change takes effect only after a restart. */
  readonly restart: boolean;
}

interface Draft {
  readonly meta: Readonly<Record<string, unknown>>;
  readonly nullable: boolean;
  readonly fallback: unknown;
  readonly optional: boolean;
  readonly restart: boolean;
}

const nothingKnown = { meta: {}, nullable: false, fallback: undefined, optional: false };

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function node(draft: Draft, shape: Partial<SchemaNode> & Pick<SchemaNode, 'kind'>): SchemaNode {
  const { meta } = draft;
  return {
    fields: new Map(),
    entry: null,
    values: [],
    options: [],
    integer: false,
    description: text(meta['description']),
    unit: typeof meta['unit'] === 'string' ? meta['unit'] : null,
    example: meta['example'],
    sample: typeof meta['sample'] === 'string' ? meta['sample'] : null,
    range: typeof meta['range'] === 'string' ? meta['range'] : null,
    nullable: draft.nullable,
    fallback: draft.fallback,
    optional: draft.optional,
    secret: meta['secret'] === true,
    file: meta['file'] === true,
    restart: draft.restart,
    ...shape,
  };
}

const inner = (schema: unknown) => schema as z.ZodType;

/** Reads one schema; wrappers (default, nullable, transform) are folded into the node, the outer description wins. */
function read(schema: z.ZodType, outer: Draft): SchemaNode {
  const meta = { ...schema.meta(), ...outer.meta };
  const draft: Draft = { ...outer, meta, restart: outer.restart || meta['reload'] === 'restart' };
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    const fallback = draft.fallback === undefined ? schema.def.defaultValue : draft.fallback;
    return read(inner(schema.unwrap()), { ...draft, fallback });
  }
  if (schema instanceof z.ZodNullable) return read(inner(schema.unwrap()), { ...draft, nullable: true });
  if (schema instanceof z.ZodOptional) return read(inner(schema.unwrap()), { ...draft, optional: true });
  if (schema instanceof z.ZodPipe) return read(inner(schema.in), draft);
  const below: Draft = { ...nothingKnown, restart: draft.restart };
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Readonly<Record<string, z.ZodType>>;
    const fields = new Map(Object.entries(shape).map(([key, value]) => [key, read(value, below)]));
    return node(draft, { kind: 'object', fields });
  }
  if (schema instanceof z.ZodRecord)
    return node(draft, { kind: 'record', entry: read(inner(schema.valueType), below) });
  if (schema instanceof z.ZodArray)
    return node(draft, { kind: 'list', entry: read(inner(schema.element), below) });
  if (schema instanceof z.ZodEnum) return node(draft, { kind: 'enum', values: schema.options.map(String) });
  if (schema instanceof z.ZodUnion)
    return node(draft, { kind: 'union', options: schema.options.map((one) => read(inner(one), below)) });
  if (schema instanceof z.ZodNumber) {
    const { minValue, maxValue } = schema;
    return node(draft, {
      kind: 'number',
      integer: schema.format === 'safeint',
      range: `${minValue ?? -Infinity} to ${maxValue ?? Infinity}`,
    });
  }
  if (schema instanceof z.ZodBoolean) return node(draft, { kind: 'boolean' });
  return node(draft, { kind: 'string' });
}

/** The tree of any schema. */
function schemaTree(schema: z.ZodType): SchemaNode {
  return read(schema, { ...nothingKnown, restart: false });
}

/** The tree of the whole configuration; never changed. */
export const configTree: SchemaNode = schemaTree(configSchema);

/** The node below `parent` that `step` leads to; null where the schema knows none. */
export function childNode(parent: SchemaNode, step: string | number): SchemaNode | null {
  if (parent.kind === 'union') {
    for (const option of parent.options) {
      const found = childNode(option, step);
      if (found !== null) return found;
    }
    return null;
  }
  if (parent.kind === 'list' && typeof step !== 'number') return null;
  return parent.entry ?? parent.fields.get(String(step)) ?? null;
}

/** The node of maps: the node itself, or a union's alternative for them; null where there can be none. */
export function mapNode(node: SchemaNode): SchemaNode | null {
  if (node.kind === 'object') return node;
  return node.options.find(({ kind }) => kind === 'object') ?? null;
}

/** The node that `path` leads to from the root; null where the schema knows none. */
export function nodeAt(path: readonly PropertyKey[]): SchemaNode | null {
  let at: SchemaNode | null = configTree;
  for (const step of path) {
    if (at === null || typeof step === 'symbol') return null;
    at = childNode(at, step);
  }
  return at;
}
