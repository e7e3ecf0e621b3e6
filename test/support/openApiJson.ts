import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAdminApi } from '../../src/admin/api/app.ts';
import { openApiDocument } from '../../src/admin/api/document.ts';
import type { AdminParts } from '../../src/admin/index.ts';
import { repositoryRoot } from './repository.ts';

/** The document is made of the endpoints alone: whatever would be served through them must not be touched. */
const untouched = new Proxy<object>(
  {},
  {
    get: (_, name) => () => {
      throw new Error(`${String(name)} is called while only the document is made`);
    },
  },
) as AdminParts;

/** The version of the package, as the server says it. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
    version: string;
  };
  return version;
}

/** The OpenAPI document of the admin API as it is committed. */
export function openApiJson(): string {
  const document: unknown = openApiDocument(createAdminApi(untouched), packageVersion());
  return `${JSON.stringify(document, null, 2)}\n`;
}
