// What the dashboard and the rules ask for is there: each query is held against the page of a server that runs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { catalogue } from '../../../src/metrics/index.ts';
import { openStage, type Stage } from '../../e2e/support/stage.ts';
import { checkQuery } from '../../support/promql.ts';
import { inventoryOf, scrapeJob, type LabelValues } from '../../support/promqlInventory.ts';
import {
  dashboardQueries,
  readDashboard,
  readRules,
  readRuleTests,
  readScrapeJobs,
} from '../../support/promqlSources.ts';

describe('the queries of dashboard and rules', () => {
  let stage: Stage;
  let inventory: Map<string, ReadonlyMap<string, LabelValues>>;

  before(async () => {
    stage = await openStage((url) => ({ botHosts: { main: { url } } }));
    inventory = inventoryOf((await stage.metrics()).series.keys());
    const scraped = new Map(inventory);
    for (const { record, expr } of readRules()) {
      if (record === undefined) continue;
      const { labels } = checkQuery(expr, scraped);
      inventory.set(record, new Map([...labels].map((label) => [label, null])));
    }
  });

  after(() => stage.close());

  for (const { record, alert, expr } of readRules()) {
    test(`rule ${record ?? alert ?? ''} asks for what is there`, () => {
      assert.deepEqual(checkQuery(expr, inventory).problems, []);
    });
  }

  for (const { where, expr } of dashboardQueries(readDashboard())) {
    test(`${where} asks for what is there`, () => {
      assert.deepEqual(checkQuery(expr, inventory).problems, []);
    });
  }

  for (const { name, input_series } of readRuleTests()) {
    test(`the test of ${name} feeds series that there are`, () => {
      for (const { series } of input_series)
        assert.deepEqual(checkQuery(series, inventory).problems, [], series);
    });
  }

  test('an alert tells by its labels only what its query leaves', () => {
    for (const { alert = '', expr, annotations = {} } of readRules()) {
      const { labels } = checkQuery(expr, inventory);
      for (const [, label] of JSON.stringify(annotations).matchAll(/\$labels\.(\w+)/g))
        assert.ok(labels.has(label as string), `${alert}: ${label}`);
    }
  });

  test('every metric of the catalogue is on the dashboard', () => {
    const asked = new Set(
      dashboardQueries(readDashboard()).flatMap(({ expr }) => [...checkQuery(expr, inventory).metrics]),
    );
    const missing = Object.keys(catalogue).filter((name) => !asked.has(name) && !asked.has(`${name}_bucket`));
    assert.deepEqual(missing, []);
  });

  test('the example of Prometheus names the job that the rules expect', () => {
    assert.deepEqual(readScrapeJobs(), [scrapeJob]);
  });
});
