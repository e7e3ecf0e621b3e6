// The table of advisories in SECURITY.md names tests: each must be there, under that very title.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repositoryRoot } from '../support/repository.ts';

interface Row {
  readonly elsewhere: string;
  readonly here: string;
  readonly shownBy: string;
}

const heading = '## What happened elsewhere';

function rows(): readonly Row[] {
  const page = readFileSync(join(repositoryRoot, 'SECURITY.md'), 'utf8');
  const section = page.split(heading)[1] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) => {
    const [elsewhere = '', here = '', shownBy = '', ...more] = line.slice(1, -1).split('|');
    assert.deepEqual(more, [], `a row of three cells: ${line}`);
    return { elsewhere: elsewhere.trim(), here: here.trim(), shownBy: shownBy.trim() };
  });
}

/** Why a reference leads nowhere; null: its file holds a test of that title. */
function faultOf(reference: string): string | null {
  const [, file = '', title = ''] = /^`(test\/[\w./]+\.ts)`: “(.+)”$/.exec(reference) ?? [];
  if (title === '') return `not a file and a title: ${reference}`;
  if (!existsSync(join(repositoryRoot, file))) return `no file ${file}`;
  const source = readFileSync(join(repositoryRoot, file), 'utf8');
  const isThere = ["'", '"', '`'].some((quote) => source.includes(`${quote}${title}${quote},`));
  return isThere ? null : `no test “${title}” in ${file}`;
}

describe('the advisories in SECURITY.md', () => {
  test('are each shown by tests that are there', () => {
    const faults = rows().flatMap(({ elsewhere, shownBy }) =>
      shownBy
        .split('<br>')
        .map(faultOf)
        .flatMap((fault) => (fault === null ? [] : [`${elsewhere}: ${fault}`])),
    );
    assert.deepEqual(faults, []);
  });

  test('say what happened, and how it ends here', () => {
    const found = rows();
    assert.ok(found.length >= 30, `only ${String(found.length)} rows`);
    for (const { elsewhere, here } of found) assert.ok(elsewhere !== '' && here !== '', elsewhere);
    assert.equal(new Set(found.map(({ elsewhere }) => elsewhere)).size, found.length);
  });

  test('would be missed where a file or a title is gone', () => {
    const self = '`test/unit/advisories.test.ts`';
    assert.equal(faultOf(`${self}: “say what happened, and how it ends here”`), null);
    assert.match(faultOf(`${self}: “say what happened”`) ?? '', /^no test/);
    assert.match(faultOf('`test/unit/gone.test.ts`: “a test”') ?? '', /^no file/);
    assert.match(faultOf(`${self}: a test`) ?? '', /^not a file/);
  });
});
