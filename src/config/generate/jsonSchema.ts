// The JSON Schema (draft 7, which editors know best) of the configuration file.
import { z } from 'zod';
import { configSchema } from '../schema/config.ts';

type Json = Record<string, unknown>;

/** Text with an environment variable in it; what it becomes is not known to an editor. */
const withVariable = { type: 'string', pattern: '\\$\\{[A-Za-z_][A-Za-z0-9_]*\\}' };

const inFile = { type: 'string', pattern: '^file:.' };

const unitPatterns: Readonly<Record<string, string>> = {
  'a duration': '^\\d{1,9}(\\.\\d{1,3})?(ms|s|m|h|d)$',
  'a size': '^\\d{1,9}(\\.\\d{1,3})?(B|KiB|MiB|GiB|TiB)$',
};

const scalarTypes: readonly unknown[] = ['string', 'number', 'integer', 'boolean'];

/** Turns the marks of our schema into words that editors know. */
function refine(schema: Json): void {
  const { unit, range, secret, reload, example, description } = schema;
  for (const mark of ['unit', 'sample', 'range', 'secret', 'reload', 'example', 'file'])
    Reflect.deleteProperty(schema, mark);
  if (typeof unit === 'string') schema['pattern'] = unitPatterns[unit];
  if (example !== undefined) schema['examples'] = [example];
  const remarks = [
    description,
    typeof range === 'string' ? `${range}.` : undefined,
    reload === 'restart' ? 'A change needs a restart.' : undefined,
  ];
  const text = remarks.filter((remark) => typeof remark === 'string' && remark !== '').join(' ');
  if (text !== '') schema['description'] = text;
  const names = schema['propertyNames'] as Json | undefined;
  // A key is never replaced: no variable can stand in it.
  if (Array.isArray(names?.['anyOf'])) schema['propertyNames'] = (names['anyOf'] as unknown[])[0];
  if (scalarTypes.includes(schema['type'])) takeVariables(schema, secret === true);
  if (Array.isArray(schema['anyOf'])) schema['anyOf'] = (schema['anyOf'] as Json[]).flatMap(alternatives);
}

/** What stands for nothing but several alternatives is these. */
function alternatives(schema: Json): Json[] {
  const { anyOf } = schema;
  return Array.isArray(anyOf) && Object.keys(schema).length === 1 ? (anyOf as Json[]) : [schema];
}

/** Moves what a scalar must look like into one of several alternatives, beside `${NAME}` and, for secrets, `file:`. */
function takeVariables(schema: Json, secret: boolean): void {
  const rule: Json = {};
  for (const key of [
    'type',
    'enum',
    'const',
    'pattern',
    'format',
    'minLength',
    'minimum',
    'maximum',
    'exclusiveMinimum',
  ]) {
    if (schema[key] === undefined) continue;
    rule[key] = schema[key];
    Reflect.deleteProperty(schema, key);
  }
  // Any text will do: nothing to choose between.
  if (rule['type'] === 'string' && Object.keys(rule).length === 1) schema['type'] = 'string';
  else schema['anyOf'] = [rule, withVariable, ...(secret ? [inFile] : [])];
}

/** The schema as JSON text, laid out as prettier would. */
export function jsonSchema(): string {
  const schema = z.toJSONSchema(configSchema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ jsonSchema: made }) => refine(made as Json),
  });
  return `${layOut({ $schema: schema.$schema, title: 'webhooks.config.yaml', ...schema }, '')}\n`;
}

/** Lists on one line where they fit, maps never. */
function layOut(value: unknown, indent: string): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    const items = value.map((item) => layOut(item, deeper));
    const line = `[${items.join(', ')}]`;
    if (!line.includes('\n') && indent.length + line.length <= 100) return line;
    return `[\n${items.map((item) => deeper + item).join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([key, item]) => `${deeper}${JSON.stringify(key)}: ${layOut(item, deeper)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
