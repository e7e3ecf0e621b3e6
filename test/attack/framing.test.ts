// Attack 1: framing and smuggling, through webhooks and through pass-through. Each case is judged by the bytes that came to
// a bot host which forgives nothing, and by the answer that the next honest caller got.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { framingCases } from './support/framingCases.ts';
import { bareProxyFront, serverFront } from './support/fronts.ts';
import type { Way } from './support/judge.ts';
import { openRange, type Range } from './support/range.ts';

const bytesOf = (raw: string) => Buffer.from(raw, 'latin1');

for (const way of ['webhooks', 'pass-through'] as const satisfies readonly Way[]) {
  describe(`framing through ${way}`, () => {
    let range: Range;

    before(async () => {
      range = await openRange(way, (url) => serverFront(way, url));
    });

    after(() => range.close());

    for (const [kind, cases] of Object.entries(framingCases)) {
      describe(kind, () => {
        for (const { name, raw, webhooks, passedThrough } of cases) {
          test(name, async () => {
            const { faults, arrived, statuses } = await range.shoot(bytesOf(raw));
            assert.deepEqual(faults, []);
            const due = way === 'webhooks' ? webhooks : passedThrough;
            assert.equal(arrived.length, due, `answered ${statuses.join(', ')}`);
          });
        }
      });
    }
  });
}

describe('the judge of framing', () => {
  let range: Range;

  before(async () => {
    range = await openRange('pass-through', bareProxyFront);
  });

  after(() => range.close());

  const faultsOf = async (kind: string, name: string) => {
    const found = framingCases[kind]?.find((one) => one.name === name);
    assert.ok(found);
    return (await range.shoot(bytesOf(found.raw))).faults.join('\n');
  };

  test('finds what a bare http-proxy smuggles', async () => {
    assert.match(await faultsOf('codings', 'chunks on DELETE'), /nobody sent GET \/inner/);
    assert.match(await faultsOf('codings', 'chunks on OPTIONS'), /nobody sent GET \/inner/);
  });

  test('finds what a bare http-proxy lets be forged', async () => {
    assert.match(await faultsOf('fields', 'Expect with forged headers'), /is forged on POST \/a/);
  });

  test('finds a length beside an empty coding', async () => {
    assert.match(
      await faultsOf('codings', 'an empty coding and a length'),
      /more than one way to find the end/,
    );
  });
});
