// A real Prometheus scrapes a real server under traffic: every query of the dashboard shows something, every rule runs.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openStage, type Stage } from '../e2e/support/stage.ts';
import { dashboardQueries, readDashboard, readRules } from '../support/promqlSources.ts';
import { sendRequest } from '../support/sender.ts';
import { waitFor } from '../support/waitFor.ts';
import { startPrometheus, type RunningPrometheus } from './prometheus.ts';

/** Marks of restarts and reloads: nothing where there was none. */
const isMark = (where: string) => where.startsWith('annotation ');

describe('a Prometheus that scrapes Hookward', () => {
  let stage: Stage;
  let prometheus: RunningPrometheus;
  const opened: { close(): Promise<void> }[] = [];

  before(async () => {
    stage = await openStage((url) => ({
      botHosts: { main: { url, circuit: { failures: 1 } } },
      routes: [
        { name: 'hook', path: '/hook', dedupe: { key: 'query:event' }, answer: { for: '100ms' } },
        { name: 'signed', path: '/signed', sender: 'github', secrets: ['a secret for this test'] },
      ],
    }));
    opened.unshift(stage);
    prometheus = await startPrometheus(stage.server.adminUrl);
    opened.unshift(prometheus);
  });

  after(async () => {
    for (const part of opened) await part.close();
  });

  async function send(target: string): Promise<void> {
    await sendRequest(stage.server.publicUrl, { target, body: 'x' });
  }

  const firing = () => prometheus.query('ALERTS{alertstate="firing"}');

  test('every query of the dashboard has an answer, and every panel shows something', async () => {
    const queries = dashboardQueries(readDashboard()).map(({ where, expr }) => ({
      where,
      expr: expr.replace(/\$(instance|route|bot_host)\b/g, '.*'),
    }));
    for (const target of ['/hook?event=1', '/hook?event=1', '/signed', '/nowhere']) await send(target);
    let empty: readonly string[] = [];
    await waitFor(
      'all panels to show something',
      async () => {
        await send('/nowhere');
        const answers = await Promise.all(
          queries.map(async ({ where, expr }) => ({ where, found: await prometheus.query(expr) })),
        );
        empty = answers.filter(({ found }) => found.length === 0).map(({ where }) => where);
        return empty.every(isMark);
      },
      30_000,
    ).catch((error: unknown) => assert.fail(`${String(error)}; empty: ${empty.join(', ')}`));
  });

  test('every rule runs, what is recorded is there, and no alert fires while all is well', async () => {
    await waitFor(
      'all rules to have run',
      async () => (await prometheus.rules()).every(({ health }) => health !== 'unknown'),
      30_000,
    );
    const rules = await prometheus.rules();
    assert.deepEqual(
      rules.filter(({ health }) => health !== 'ok'),
      [],
    );
    assert.equal(rules.length, readRules().length);
    for (const { record } of readRules()) {
      if (record === undefined) continue;
      await waitFor(
        `${record} to be recorded`,
        async () => (await prometheus.query(record)).length > 0,
        30_000,
      );
    }
    assert.deepEqual(await firing(), []);
  });

  test('a configuration that is refused is told at once', async () => {
    writeFileSync(join(stage.dir, 'webhooks.config.yaml'), 'botHosts: 7\n');
    stage.server.signal('SIGHUP');
    const alert = await waitFor('an alert to fire', async () => (await firing())[0]);
    assert.equal(alert.metric['alertname'], 'HookwardConfigRefused');
    assert.equal(alert.metric['job'], 'hookward');
  });

  test('a bot host that is away, and a server that is gone, are seen', async () => {
    const isSeen = (name: string) =>
      waitFor(
        `${name} to be seen`,
        async () => (await prometheus.query(`ALERTS{alertname="${name}"}`)).length > 0,
        30_000,
      );
    await stage.botHost.away();
    await send('/hook?event=2');
    await isSeen('HookwardCircuitOpen');
    await stage.server.kill();
    await isSeen('HookwardDown');
  });
});
