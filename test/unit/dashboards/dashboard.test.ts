import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { readDashboard, readRules } from '../../support/promqlSources.ts';

const { panels, templating, annotations } = readDashboard();
const alerts = new Set(readRules().flatMap(({ alert }) => (alert === undefined ? [] : [alert])));
const gridWidth = 24;

describe('the dashboard', () => {
  test('has the rows that an SRE looks for', () => {
    assert.deepEqual(
      panels.filter(({ type }) => type === 'row').map(({ title }) => title),
      ['At a glance', 'Ingress', 'Answers', 'Delivery', 'Queue', 'Senders', 'Log', 'Access', 'Process'],
    );
  });

  test('can be narrowed to an instance, a route and a bot host', () => {
    assert.deepEqual(
      templating.list.map(({ name }) => name),
      ['datasource', 'instance', 'route', 'bot_host', 'runbook'],
    );
  });

  test('marks restarts and reloads', () => {
    assert.deepEqual(
      annotations.list.map(({ name }) => name),
      ['Restarts', 'Configuration reloads'],
    );
  });

  test('gives every panel an id and a title of its own', () => {
    for (const key of ['id', 'title'] as const)
      assert.equal(new Set(panels.map((panel) => panel[key])).size, panels.length, key);
  });

  test('lays no panel over another or over the edge', () => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      const { x, y, w, h } = gridPos;
      assert.ok(x >= 0 && w > 0 && h > 0 && x + w <= gridWidth, title);
      for (let column = x; column < x + w; column += 1) {
        for (let line = y; line < y + h; line += 1) {
          const cell = `${column}/${line}`;
          assert.equal(taken.get(cell), undefined, `${title} lies over ${taken.get(cell) ?? ''}`);
          taken.set(cell, title);
        }
      }
    }
  });

  for (const { type, title, description, fieldConfig, targets = [], links = [] } of panels) {
    if (type === 'row') continue;
    test(`"${title}" says what it shows, in which unit, and links to sections of the runbook`, () => {
      assert.match(description ?? '', /^.{20,}$/);
      assert.match(fieldConfig?.defaults.unit ?? '', /^\w+$/);
      assert.ok(targets.length > 0);
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
      for (const link of links) {
        const alert = link.title.replace('Runbook: ', '');
        assert.ok(alerts.has(alert), alert);
        assert.equal(link.url, `\${runbook}#${alert.toLowerCase()}`);
      }
    });
  }

  test('shows every alert on some panel, but for that Prometheus has nothing to scrape', () => {
    const linked = new Set(panels.flatMap(({ links = [] }) => links.map(({ title }) => title)));
    assert.deepEqual(
      [...alerts].filter((alert) => !linked.has(`Runbook: ${alert}`)),
      ['HookwardAbsent'],
    );
  });
});
