import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCli } from '../support/process.ts';

test('hookward demo --check tells the whole story and ends with exit code 0', async () => {
  const { code, stdout, stderr } = await runCli(['demo', '--check']);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /9 of 9 steps went as told\./);
});
