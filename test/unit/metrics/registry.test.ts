import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue, createMetricRegistry } from '../../../src/metrics/index.ts';

const sample = (page: string, series: string) =>
  page
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);

describe('the registry of metrics', () => {
  test('a counter is there at 0 from its declaration and sums what is added between scrapes', async () => {
    const registry = createMetricRegistry();
    const refused = registry.counter('hookward_refused_total', { reason: 'banned' });
    assert.equal(sample((await registry.page()).body, 'hookward_refused_total{reason="banned"}'), '0');
    refused.add();
    refused.add(2);
    registry.counter('hookward_refused_total', { reason: 'banned' }).add();
    assert.equal(sample((await registry.page()).body, 'hookward_refused_total{reason="banned"}'), '4');
    refused.add();
    assert.equal(sample((await registry.page()).body, 'hookward_refused_total{reason="banned"}'), '5');
  });

  test('a counter that its part keeps itself shows what the part has counted, scrape after scrape', async () => {
    const registry = createMetricRegistry();
    const read = async () => sample((await registry.page()).body, 'hookward_addresses_forgotten_total');
    assert.equal(await read(), '0');
    let count = 3;
    registry.counterFrom('hookward_addresses_forgotten_total', () => count);
    assert.equal(await read(), '3');
    assert.equal(await read(), '3');
    count = 5;
    assert.equal(await read(), '5');
  });

  test('asking for a histogram series again does not empty it', async () => {
    const registry = createMetricRegistry();
    registry.histogram('hookward_attempt_seconds', { bot_host: 'main' }).observe(0.3);
    registry.histogram('hookward_attempt_seconds', { bot_host: 'main' }).observe(0.3);
    assert.equal(
      sample((await registry.page()).body, 'hookward_attempt_seconds_count{bot_host="main"}'),
      '2',
    );
  });

  test('a gauge shows what its reader says at each scrape, and forgets series that are gone', async () => {
    const registry = createMetricRegistry();
    let routes = [{ labels: { route: 'a' }, value: 3 }];
    registry.gauge('hookward_pending', () => routes);
    assert.equal(sample((await registry.page()).body, 'hookward_pending{route="a"}'), '3');
    routes = [{ labels: { route: 'b' }, value: 1 }];
    const { body } = await registry.page();
    assert.equal(sample(body, 'hookward_pending{route="a"}'), undefined);
    assert.equal(sample(body, 'hookward_pending{route="b"}'), '1');
  });

  test('every metric of the page begins with hookward_ and every declared one is on it', async () => {
    const { body } = await createMetricRegistry().page();
    const declared = [...body.matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1] as string);
    assert.deepEqual(
      declared.filter((name) => !name.startsWith('hookward_')),
      [],
    );
    for (const name of Object.keys(catalogue)) assert.ok(declared.includes(name), name);
  });

  test('no label is one that callers can fill at will', () => {
    const allowed = new Set([
      'route',
      'bot_host',
      'reason',
      'outcome',
      'state',
      'lane',
      'mode',
      'trigger',
      'kind',
      'result',
      'version',
      'node',
      'quantile',
    ]);
    for (const [name, declaration] of Object.entries(catalogue)) {
      for (const label of 'labels' in declaration ? declaration.labels : [])
        assert.ok(allowed.has(label), `${name}: ${label}`);
    }
  });
});
