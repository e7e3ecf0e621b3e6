import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkQuery } from '../../support/promql.ts';
import { inventoryOf } from '../../support/promqlInventory.ts';

const inventory = inventoryOf([
  'a_total{route="x",reason="late"}',
  'a_total{route="x",reason="lost"}',
  'b{bot_host="h"}',
  'c_bucket{route="x",le="1"}',
  'plain',
]);
const problemsOf = (query: string) => checkQuery(query, inventory).problems;

describe('the check of queries', () => {
  const right = [
    'sum by (route) (rate(a_total{reason="late"}[5m]))',
    'a_total{route="anything", reason=~"late|lo.*", instance=~"$instance"} offset 1h',
    'histogram_quantile(0.5, sum by (le, route) (rate(c_bucket[5m])))',
    'sum by (route) (a_total) / sum by (route) (c_bucket) > 2 * time()',
    'plain * on (job, instance) group_left (bot_host) b',
    'topk(3, a_total) and ignoring (reason, route) plain',
    'sum without (reason, route) (a_total) + plain',
    'up{job="hookward"} == 0 or absent(up)',
    'min_over_time(plain[1d:5m]) unless on (instance) b',
  ];
  for (const query of right) test(`takes ${query}`, () => assert.deepEqual(problemsOf(query), []));

  const wrong: readonly (readonly [query: string, problem: RegExp])[] = [
    ['', /empty|does not parse/],
    ['sum(rate(a_total[5m])', /does not parse at character 21/],
    ['sum by route (a_total)', /does not parse/],
    ['a_total{reason=late}', /does not parse/],
    ['rate(a_total[5 parsecs])', /does not parse/],
    ['b_total', /b_total, which nothing exports/],
    ['{job="hookward"}', /no metric/],
    ['sum(plain) + gone', /gone, which nothing exports/],
    ['a_total{bot_host="h"}', /a_total has no label bot_host/],
    ['a_total{reason="never"}', /a_total\{reason\} is never never; it is one of late, lost/],
    ['a_total{reason=~"late|never"}', /is never never/],
    ['a_total{reason!="never"}', /is never never/],
    ['up{job="hookwart"}', /is never hookwart/],
    ['sum by (user) (a_total)', /no label user here/],
    ['sum by (route) (sum by (reason) (a_total))', /no label route here/],
    ['histogram_quantile(0.5, sum by (route) (rate(c_bucket[5m])))', /needs the label le/],
    ['sum by (route) (a_total) / sum by (bot_host) (b)', /route can never match/],
    ['a_total > plain', /can never match/],
    ['plain and on (route) b', /no label route here/],
    ['plain * on (job) group_left (version) b', /no label version here/],
    ['label_replace(plain, "x", "$1", "job", "(.*)")', /cannot be followed/],
  ];
  for (const [query, problem] of wrong) {
    test(`refuses ${query === '' ? 'nothing' : query}`, () => {
      assert.match(problemsOf(query).join('\n'), problem);
    });
  }

  test('tells the labels of the result and the metrics that were asked for', () => {
    const { labels, metrics } = checkQuery(
      'sum by (job, route) (a_total) unless sum by (job, route) (c_bucket)',
      inventory,
    );
    assert.deepEqual([...labels], ['job', 'route']);
    assert.deepEqual([...metrics], ['a_total', 'c_bucket']);
  });
});
