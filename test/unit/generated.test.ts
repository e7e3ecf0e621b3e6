import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { generatedFiles } from '../support/generatedFiles.ts';
import { repositoryRoot } from '../support/repository.ts';

for (const [path, text] of generatedFiles()) {
  test(`${path} is what its source gives`, () => {
    const file = join(repositoryRoot, path);
    const committed = existsSync(file) ? readFileSync(file, 'utf8') : '';
    assert.ok(committed === text, `${path} is out of date: run "npm run generate" and commit the result`);
  });
}
