import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { operatorErrorCodes, refusalCodes } from '../../../src/core/errors.ts';
import { repositoryRoot } from '../../support/repository.ts';

/** Lists of all codes prove nothing; neither does this file. */
const listsOnly = /codesProvoked/;

function testSources(): string {
  const root = join(repositoryRoot, 'test');
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts') && !listsOnly.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n');
}

test('every error code is named by a test that provokes it', () => {
  const sources = testSources();
  const codes = [...refusalCodes, ...operatorErrorCodes];
  assert.deepEqual(
    codes.filter((code) => !sources.includes(`'${code}'`)),
    [],
  );
});
