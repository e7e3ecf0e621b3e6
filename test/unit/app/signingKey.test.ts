import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keptSigningKey } from '../../../src/app/signingKey.ts';
import { HookwardError } from '../../../src/core/errors.ts';
import { scratchDir } from '../../support/process.ts';

describe('the signing key that is kept beside the log', () => {
  test('is made once, for the owner alone, and read from then on', () => {
    const scratch = scratchDir();
    const { path } = scratch;
    const dir = join(path, 'log');
    assert.equal(
      keptSigningKey(dir, () => 'whsec_first'),
      'whsec_first',
    );
    assert.equal(
      keptSigningKey(dir, () => 'whsec_second'),
      'whsec_first',
    );
    assert.deepEqual(readdirSync(dir), ['signing.key']);
    assert.equal(statSync(join(dir, 'signing.key')).mode & 0o777, 0o600);
    scratch.remove();
  });

  test('is the one of the process that was first, where two make one at once', () => {
    const scratch = scratchDir();
    const { path } = scratch;
    const other = () => {
      writeFileSync(join(path, 'signing.key'), 'whsec_other\n');
      return 'whsec_own';
    };
    assert.equal(keptSigningKey(path, other), 'whsec_other');
    assert.equal(readFileSync(join(path, 'signing.key'), 'utf8'), 'whsec_other\n');
    assert.deepEqual(readdirSync(path), ['signing.key']);
    scratch.remove();
  });

  test('is refused where its file is empty, and what to do is said', () => {
    const scratch = scratchDir();
    const { path } = scratch;
    writeFileSync(join(path, 'signing.key'), '');
    assert.throws(
      () => keptSigningKey(path, () => 'whsec_new'),
      (error: unknown) =>
        error instanceof HookwardError &&
        error.code === 'log-unavailable' &&
        /signing\.key is empty: restore it from a backup, or delete it/.test(error.message),
    );
    scratch.remove();
  });
});
