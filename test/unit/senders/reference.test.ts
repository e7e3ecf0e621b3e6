import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { senderNames } from '../../../src/core/senders.ts';
import { senderPresets, sendersReference, shippedSenderAddresses } from '../../../src/senders/index.ts';
import { loadText, valid } from '../config/support.ts';

const addresses = shippedSenderAddresses();
const page = sendersReference(senderPresets, addresses);

/** What each of the page's examples stands beside. */
const botHosts = 'botHosts: { main: { url: http://127.0.0.1:3000 } }';

/** The section of one sender. */
function sectionOf(name: string): string {
  const start = page.indexOf(`\n## ${name}\n`);
  const end = page.indexOf('\n## ', start + 1);
  return page.slice(start, end === -1 ? undefined : end);
}

describe('the page of all senders', () => {
  it('has a row and a section for each', () => {
    for (const name of senderNames) {
      assert.match(page, new RegExp(`^\\| \\[\`${name}\`\\]\\(#${name}\\) \\|`, 'm'));
      assert.ok(sectionOf(name).includes(senderPresets[name].title));
    }
  });

  it('has rows of seven cells', () => {
    const rows = page.split('\n').filter((line) => line.startsWith('|'));
    assert.equal(rows.length, senderNames.length + 2);
    for (const row of rows) assert.equal(row.replaceAll('\\|', '').split('|').length, 9, row);
  });

  it('tells of each what is known, what only third parties say, and what is not known', () => {
    for (const name of senderNames) {
      const preset = senderPresets[name];
      const section = sectionOf(name);
      const facts = [
        preset.signature,
        ...preset.sources,
        ...(preset.notes ?? []),
        ...(addresses[name]?.addresses ?? []),
        ...(preset.eventId ?? []),
        ...[...preset.unknown, ...(preset.secondary ?? [])].map((fact) => fact.slice(1)),
      ];
      for (const fact of facts) assert.ok(section.includes(fact), `${name}: ${fact}`);
    }
  });

  it('names nothing undefined', () => {
    assert.doesNotMatch(page, /undefined|\[object|NaN/);
  });

  it('shows for each a configuration that can be loaded', async () => {
    for (const name of senderNames) {
      const [, yaml = ''] = /```yaml\n([^`]*)```/.exec(sectionOf(name)) ?? [];
      const variables = [...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, variable = '']) => variable);
      const env = Object.fromEntries(variables.map((variable) => [variable, 'made up']));
      const { config } = valid(await loadText(`${botHosts}\n${yaml}`, { env }));
      assert.equal(config.routes[0]?.sender, name);
    }
  });
});
