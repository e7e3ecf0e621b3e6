// The reference page of the configuration: a table for each section.
import type { SchemaNode } from '../schema/tree.ts';
import { configTree, mapNode } from '../schema/tree.ts';
import { inlineYaml } from './yamlText.ts';

const intro = `# Configuration reference

This page is generated from the schema; \`webhooks.config.yaml\` shows the same settings in place. Check a file with
\`hookward check\`: it reports every problem at once, with line and column, and exits with 2 where there is one.

## The file

- YAML 1.2, UTF-8, at most 256 KiB. Unknown keys, duplicate keys and tags are refused. Aliases of whole values can be used;
  merge keys (\`<<\`) cannot.
- **Durations** bear a unit: \`250ms\`, \`25s\`, \`10m\`, \`24h\`, \`7d\`. **Sizes** too: \`512B\`, \`64KiB\`, \`1MiB\`, \`10GiB\`.
- **Environment variables**: \`\${NAME}\` in any text stands for that variable's value, which must be set; \`$\${\` stands for a
  plain \`\${\`. Numbers and switches can come from a variable too. Inside \`[ ]\` and \`{ }\` YAML wants it in quotes.
- **Secrets** can also be read from a file: \`file:PATH\`, relative to the configuration file; the line's end at the end of the
  file does not count. \`\${NAME}\` can stand in the path, such as \`file:\${CREDENTIALS_DIRECTORY}/signing-key\`. Secrets are never
  printed. A warning is given where other accounts of the machine can read them.
- **Paths** of files and directories count from the configuration file's directory.
- **Reload**: on SIGHUP, or by itself with \`--watch\`, a running server takes up a changed file. A reload is all or nothing: where
  something in it is wrong, or marked with a restart below, nothing changes and the log says why.`;

interface Row {
  readonly key: string;
  readonly node: SchemaNode;
}

/** More names than this would widen the whole table: the setting's meaning says where they are listed. */
const listedMax = 12;

const headings = ['Key', 'Type', 'Default', 'Restart', 'Meaning'] as const;

function typeText(node: SchemaNode): string {
  const orNull = node.nullable ? ', or null' : '';
  const range = node.range === null ? '' : `, ${node.range}`;
  switch (node.kind) {
    case 'number':
      return `${node.integer ? 'whole number' : 'number'}${range}${orNull}`;
    case 'enum':
      if (node.values.length > listedMax) return `one of ${node.values.length} names${orNull}`;
      return node.values.map((value) => `\`${value}\``).join(', ') + orNull;
    case 'string':
      if (node.secret) return `secret${orNull}`;
      return `${node.unit === null ? 'text' : node.unit.replace(/^a /, '')}${range}${orNull}`;
    case 'boolean':
      return `true or false${orNull}`;
    case 'list':
      return `list of ${node.entry === null ? 'text' : plural(node.entry)}${orNull}`;
    case 'union':
      return `${node.options.map((option) => typeText(option)).join(', or ')}${orNull}`;
    case 'object':
    case 'record':
      return `map${orNull}`;
  }
}

function plural(entry: SchemaNode): string {
  if (entry.kind === 'object') return 'maps';
  if (entry.kind === 'number') return 'whole numbers';
  return entry.secret ? 'secrets' : 'text';
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Nothing for a map whose settings have their own rows and defaults, and where nothing is taken. */
function defaultText(node: SchemaNode): string {
  const { fallback, optional } = node;
  if (fallback === undefined) return optional ? '' : 'required';
  const isWhole = isMap(fallback) && Object.keys(fallback).length === 0 && mapNode(node) !== null;
  return isWhole ? '' : `\`${inlineYaml(fallback)}\``;
}

/** The settings below a node, with dotted keys; a list's or record's entries get their own in brackets. */
function rowsBelow(node: SchemaNode, prefix: string): Row[] {
  if (node.kind === 'union') return node.options.flatMap((option) => rowsBelow(option, prefix));
  if (node.kind === 'object')
    return [...node.fields].flatMap(([key, field]) =>
      rowsOf(prefix === '' ? key : `${prefix}.${key}`, field),
    );
  if (node.entry === null) return [];
  const entry = node.kind === 'list' ? `${prefix}[]` : `${prefix}.NAME`;
  if (node.entry.kind === 'object') return rowsBelow(node.entry, entry);
  return node.kind === 'record' ? [{ key: entry, node: node.entry }] : [];
}

function rowsOf(key: string, node: SchemaNode): Row[] {
  return [{ key, node }, ...rowsBelow(node, key)];
}

const cell = (text: string) => text.replaceAll('|', '\\|');

/** A Markdown table, its columns padded to one width. */
function table(rows: readonly (readonly string[])[]): string {
  const widths = headings.map((_, column) => Math.max(3, ...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line)].join('\n');
}

function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(({ key, node }) => [
    `\`${key}\``,
    cell(typeText(node)),
    cell(defaultText(node)),
    node.restart ? 'yes' : '',
    cell(node.description),
  ]);
  return table([headings, ...cells]);
}

function section(key: string, node: SchemaNode): string {
  const title = node.kind === 'list' ? `${key}[]` : node.kind === 'record' ? `${key}.NAME` : key;
  const byDefault = node.nullable ? ' The default is null.' : '';
  return `## ${title}\n\n${node.description}${byDefault}\n\n${tableOf(rowsBelow(node.entry ?? node, ''))}`;
}

/** The page as Markdown. */
export function referencePage(): string {
  const all = [...configTree.fields].map(([key, node]) => ({ key, node }));
  const alone = all.filter(({ node }) => rowsBelow(node, '').length === 0);
  const sections = all.filter((row) => !alone.includes(row)).map(({ key, node }) => section(key, node));
  const general = `## General\n\nSettings that stand alone.\n\n${tableOf(alone)}`;
  return `${[intro, general, ...sections].join('\n\n')}\n`;
}
