import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readDashboard, readRules, readRuleTests, readRunbook } from '../../support/promqlSources.ts';
import { openStage, type Stage } from '../../e2e/support/stage.ts';
import { runCli } from '../../support/process.ts';

/** The sections of the runbook by their titles. */
const sections = new Map(
  readRunbook()
    .split(/^## /m)
    .slice(1)
    .map((text) => [text.slice(0, text.indexOf('\n')), text] as const),
);
const alerts = readRules().filter(({ alert }) => alert !== undefined);
const tests = readRuleTests();

describe('the alerts', () => {
  for (const { alert = '', labels, annotations } of alerts) {
    test(`${alert} says how bad it is, what it is, and where the runbook is`, () => {
      assert.match(labels?.['severity'] ?? '', /^(critical|warning)$/);
      assert.match(annotations?.['summary'] ?? '', /^[A-Z].{10,}[^.]$/);
      assert.match(annotations?.['description'] ?? '', /^.{20,}\.$/);
      assert.match(annotations?.['runbook_url'] ?? '', new RegExp(`^https://[^#]+#${alert.toLowerCase()}$`));
    });

    test(`${alert} has a section that says what it means, what to look at and what to do`, () => {
      const section = sections.get(alert) ?? '';
      assert.match(
        section,
        /\*\*What it means\.\*\* .{20}[^]*\*\*What to look at\.\*\*\n\n- [^]*\*\*What to do\.\*\*\n\n1\. /,
      );
    });

    test(`${alert} has a test: silent before, firing when it should`, () => {
      const own = tests.filter(({ name }) => name === alert);
      assert.equal(own.length, 1);
      const expected = own[0]?.alert_rule_test ?? [];
      assert.deepEqual([...new Set(expected.map(({ alertname }) => alertname))], [alert]);
      assert.equal(expected[0]?.exp_alerts?.length, 0, 'begins silent');
      assert.ok(
        expected.some(({ exp_alerts = [] }) => exp_alerts.length > 0),
        'fires',
      );
    });
  }

  test('no two have a name in common', () => {
    assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  });

  test('each test and each section is of an alert that there is', () => {
    const names = alerts.map(({ alert }) => alert);
    assert.deepEqual([...sections.keys()], names);
    assert.deepEqual(
      tests.map(({ name }) => name),
      names,
    );
  });
});

describe('the runbook', () => {
  let stage: Stage;

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url } },
      routes: [{ name: 'pay', path: '/hook' }],
    }));
  });

  after(() => stage.close());

  test('names panels that the dashboard has', () => {
    const titles = new Set(readDashboard().panels.map(({ title }) => title));
    const named = [...readRunbook().matchAll(/^- Panels? ((?:[^.]|\n)*)\./gm)].flatMap(([, list]) =>
      [...(list as string).matchAll(/_([^_]+)_/g)].map(([, title]) => (title as string).replace(/\s+/g, ' ')),
    );
    assert.ok(named.length > 50);
    assert.deepEqual(
      named.filter((title) => !titles.has(title)),
      [],
    );
  });

  test('sends from one section only to another that there is', () => {
    for (const [name] of readRunbook().matchAll(/Hookward[A-Z]\w+/g)) assert.ok(sections.has(name), name);
  });

  const commands = new Set(
    [...readRunbook().matchAll(/^ *(hookward .*)$/gm)].map(([, command]) => command as string),
  );
  for (const command of commands) {
    test(`the command works: ${command}`, async () => {
      // Filled in as a person would.
      const words = command
        .replace('ROUTE', 'pay')
        .replace('SENDER', 'stripe')
        .replace('ADDRESS', '192.0.2.7')
        .match(/"[^"]*"|\S+/g) as string[];
      const args = words.slice(1).map((word) => word.replaceAll('"', ''));
      const asks = ['replay', 'cancel'].includes(args[0] ?? '') ? ['--yes'] : [];
      const target = args[0] === 'check' ? [] : ['--admin', stage.server.adminUrl];
      const { code, stderr } = await runCli([...args, ...asks, ...target], { cwd: stage.dir });
      // No webhook has the id ID, and nobody is banned: that is told with exit code 6.
      const isAbsent = args.includes('ID') || args.includes('unban');
      assert.ok(code === 0 || (isAbsent && code === 6), `${command}: ${code}\n${stderr}`);
    });
  }
});
