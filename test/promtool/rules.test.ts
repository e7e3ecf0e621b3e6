// What only Prometheus's own tool can tell of the files that operators copy. Not part of `npm test`: it must be installed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { promtool } from './prometheus.ts';

describe('promtool', () => {
  test('takes the example configuration', () => {
    assert.match(promtool('check', 'config', 'prometheus.yml'), /is valid prometheus config/);
  });

  test('takes the rules, and finds no two alike', () => {
    const said = promtool('check', 'rules', 'hookward.rules.yml');
    assert.match(said, /SUCCESS: \d+ rules found/);
    assert.doesNotMatch(said, /duplicate/);
  });

  test('sees each alert fire when it should, and not before', () => {
    assert.match(promtool('test', 'rules', 'hookward.rules.test.yml'), /SUCCESS/);
  });
});
