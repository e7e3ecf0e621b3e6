import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryRoot } from '../support/repository.ts';
import { bjsSnippet } from './signing/bjsSnippet.ts';

test('the README shows the very check for Bots.Business commands that is tested', () => {
  const readme = readFileSync(join(repositoryRoot, 'README.md'), 'utf8');
  assert.ok(readme.includes(`\`\`\`js\n${bjsSnippet.trim()}\n\`\`\``));
});
