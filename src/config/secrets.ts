// Secrets of a configuration: found by the schema's own marks, so that a new secret field needs no second list.
import type { Config } from './schema/config.ts';
import type { SchemaNode } from './schema/tree.ts';
import { childNode, configTree } from './schema/tree.ts';

function mapSecrets(value: unknown, schema: SchemaNode | null, each: (secret: string) => unknown): unknown {
  if (Array.isArray(value))
    return value.map((item) => mapSecrets(item, schema && childNode(schema, 0), each));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [
        key,
        mapSecrets(item, schema && childNode(schema, key), each),
      ]),
    );
  }
  return schema?.secret === true && typeof value === 'string' ? each(value) : value;
}

/** Every secret's value, longest first (so that one that holds another is struck out whole), none twice. */
export function secretValues(config: Config): readonly string[] {
  const found = new Set<string>();
  mapSecrets(config, configTree, (secret) => found.add(secret));
  return [...found].sort((one, other) => other.length - one.length);
}

/** A copy that can be printed: every secret is `***`. Not frozen, and shaped like a configuration. */
export function redacted(config: Config): Config {
  return mapSecrets(config, configTree, () => '***') as Config;
}
