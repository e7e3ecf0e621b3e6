import { defaultFile } from './defaultFile.ts';
import { jsonSchema } from './jsonSchema.ts';
import { referencePage } from './reference.ts';

/** Everything that is generated from the schema, by its path from the repository's root. Pure. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['webhooks.config.yaml', defaultFile()],
    ['config/webhooks.config.schema.json', jsonSchema()],
    ['config/reference.md', referencePage()],
  ]);
}
