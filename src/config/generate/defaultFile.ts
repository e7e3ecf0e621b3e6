// The shipped webhooks.config.yaml: every setting of the schema with its default, in the schema's order.
import type { SchemaNode } from '../schema/tree.ts';
import { configTree, mapNode } from '../schema/tree.ts';
import { commentLines, inlineYaml } from './yamlText.ts';

/** The bot host that the file is shipped with: the one that the quick start serves. */
const shippedBotHostUrl = 'http://127.0.0.1:3000';

/**
 * Routes shown as comments in the shipped file, as its text has them. Kept as text so that a reader sees what they would
 * write; a test loads them.
 */
export const exampleRoutes = `  # Bots.Business and platforms like it: their webhook URLs keep working, with Hookward's host in them.
  - name: bots
    path: /v1/bots/:bot/new-webhook
    link: bots-business # needs the bots' tokens in links.botTokens
  # One of the senders that \`hookward senders\` lists: verified, told from its copies, answered as it wants.
  - name: stripe
    path: /hooks/stripe
    sender: stripe
    secrets: ['\${STRIPE_SECRET}']
  # One that is not: it takes only the text YES for success, and never learns which bot is behind the path.
  - name: payments
    path: /hooks/payments
    answer: { mode: ack, ack: { body: 'YES' } }
    dedupe: { key: [param:payment, param:status] }
    forwardTo: '\${PAYMENTS_BOT_URL}'
    whitelist: [192.0.2.0/24]
  # Pages of a web app fetch this one; each user's calls are delivered in the order in which they came.
  - name: web-app
    path: /app/:bot/events
    link: hookward # needs a key in links.keys
    answer: { for: 8s }
    cors: { origins: ['https://app.example'] }
    order: { by: 'query:user_id' }`;

const intro = `# yaml-language-server: $schema=./config/webhooks.config.schema.json
#
# The configuration of Hookward. Every setting stands here with its default: what you do not want to
# change can be left out, down to the bot host's url. Reference: config/reference.md
#
# Durations are written as 250ms, 25s, 10m, 24h, 7d; sizes as 512B, 64KiB, 1MiB, 10GiB.
# \${NAME} in any text is replaced by that environment variable ($\${ stands for a plain \${; inside
# [ ] and { } put it in quotes). A secret can also be 'file:PATH', relative to this file.
# Check it with \`hookward check\`; a running server takes it up on SIGHUP, or by itself with --watch,
# except what is marked "restart".`;

interface Place {
  readonly indent: string;
  /** What stands in the file instead of the schema's fallback; undefined: the fallback. */
  readonly value: unknown;
  /** That a change needs a restart has been said further up. */
  readonly restartSaid: boolean;
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe({ description, restart }: SchemaNode, { indent, restartSaid }: Place): string[] {
  return commentLines(restart && !restartSaid ? `${description} (restart)` : description, indent);
}

/** What is written where nothing else is said: the default, else an example. */
function written(node: SchemaNode, value: unknown): unknown {
  if (value !== undefined) return value;
  return node.fallback ?? (node.nullable ? null : node.example);
}

/** A setting with its description, and its own settings below it. */
function settingLines(key: string, node: SchemaNode, place: Place): string[] {
  const { indent } = place;
  const value = written(node, place.value);
  const comment = describe(node, place);
  const map = isMap(value) ? mapNode(node) : null;
  if (map !== null) {
    const below = { indent: `${indent}  `, value, restartSaid: place.restartSaid || node.restart };
    const fields = fieldLines(map, below);
    if (fields.length > 0) return [...comment, `${indent}${key}:`, ...fields];
  }
  const text = inlineYaml(value);
  const example = exampleText(node);
  const shown = example === null ? [] : [`${indent}# e.g. ${key}: ${example}`];
  return [...comment, `${indent}${key}: ${text}`, ...shown];
}

function fieldLines(node: SchemaNode, place: Place): string[] {
  const given = isMap(place.value) ? place.value : {};
  return [...node.fields]
    .filter(([, { optional }]) => !optional)
    .flatMap(([key, field]) => settingLines(key, field, { ...place, value: given[key] }));
}

/** How a setting that is off or empty by default could be written; null where it is neither. */
function exampleText(node: SchemaNode): string | null {
  if (node.kind === 'object') return node.example === undefined ? exampleMap(node) : inlineYaml(node.example);
  if (node.kind === 'record') return `{ ID: ${inlineYaml(node.entry?.example)} }`;
  const isOff = node.fallback === null || (Array.isArray(node.fallback) && node.fallback.length === 0);
  if (!isOff) return null;
  if (node.entry?.kind === 'object') return `[${exampleMap(node.entry)}]`;
  const example = node.example ?? (node.entry?.example === undefined ? undefined : [node.entry.example]);
  return example === undefined ? null : inlineYaml(example);
}

/** What must be given, and what is shown because without it the rest says nothing. */
function exampleMap(node: SchemaNode): string {
  const settings = [...node.fields]
    .filter(([, field]) => field.example !== undefined)
    .map(([key, field]) => `${key}: ${inlineYaml(field.example)}`);
  return `{ ${settings.join(', ')} }`;
}

function botHostLines(node: SchemaNode): string[] {
  const place = { indent: '    ', value: { url: shippedBotHostUrl }, restartSaid: false };
  const fields = node.entry === null ? [] : fieldLines(node.entry, place);
  return [...commentLines(node.description, ''), 'botHosts:', '  main:', ...fields];
}

/** Every setting of a route, as one entry of a list. */
function routeTemplate(entry: SchemaNode): string[] {
  const lines = fieldLines(entry, { indent: '    ', value: undefined, restartSaid: false });
  const first = lines.findIndex((line) => !line.startsWith('    #'));
  return lines.map((line, at) => (at < first ? line.slice(2) : at === first ? `  - ${line.slice(4)}` : line));
}

function routeLines(node: SchemaNode): string[] {
  const commented = (lines: readonly string[]) => lines.map((line) => `# ${line}`);
  return [
    ...commentLines(node.description, ''),
    'routes: []',
    '',
    '# Routes as they could be:',
    '#',
    '# routes:',
    ...commented(exampleRoutes.split('\n')),
    '#',
    '# All that a route can set, with the defaults:',
    '#',
    '# routes:',
    ...commented(node.entry === null ? [] : routeTemplate(node.entry)),
  ];
}

/** The text of the shipped file. */
export function defaultFile(): string {
  const sections = [...configTree.fields].map(([key, node]) => {
    if (key === 'botHosts') return botHostLines(node);
    if (key === 'routes') return routeLines(node);
    return settingLines(key, node, { indent: '', value: undefined, restartSaid: false });
  });
  return `${[intro, ...sections.map((lines) => lines.join('\n'))].join('\n\n')}\n`;
}
