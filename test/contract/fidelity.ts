import { describe, test } from 'node:test';
import assert from 'node:assert/strict';
import type { CapturedRequest } from '../../src/core/webhook.ts';
import { dawn, deadBy, deliveredBy } from '../support/logFixtures.ts';
import { plain } from './engine.ts';
import type { OnBench } from './engine.ts';

const everyLatin1 = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
  .filter((character) => !'\r\n\u0000'.includes(character))
  .join('');

const requests: Readonly<Record<string, Partial<CapturedRequest>>> = {
  'headers repeated, in odd case, empty, long and Latin-1': {
    headers: [
      ...['Host', 'hooks.test', 'X-Repeat', 'one', 'x-repeat', 'two', 'X-REPEAT', 'one', 'X-Repeat', 'one'],
      ...['X-Empty', '', 'X-Latin', everyLatin1, '__proto__', 'polluted', 'constructor', 'x'],
      ...['X-Long', 'v'.repeat(30_000), 'Set-Cookie', 'a=1', 'set-cookie', 'b=2'],
    ],
  },
  'a thousand header lines': {
    headers: Array.from({ length: 2000 }, (_, at) => (at % 2 === 0 ? `X-${at}` : `v${at}`)),
  },
  'no header at all': { headers: [] },
  'a target of odd bytes': {
    target: '/a/../b//c?&x=%2F&y=%20+&z=%zz&\u00ff\u0080=[]{}|^`"<>\\',
    method: 'GET',
  },
  'a long target': { target: `/${'t'.repeat(8190)}` },
  'an IPv6 caller over http': { ip: '2001:db8::7', scheme: 'http' },
};

const sizes = [
  0, 1, 2, 127, 128, 255, 256, 1023, 4096, 16_383, 16_384, 32_768, 65_535, 65_536, 131_073, 307_200,
];

/** Bytes in, bytes out. */
export function fidelitySuite(on: OnBench): void {
  describe('what comes out is what went in', () => {
    for (const [name, request] of Object.entries(requests)) {
      test(
        `with ${name}`,
        on(async (bench) => {
          const { webhook, id } = await bench.appendOne({ request });
          for (const again of ['no', 'crash', 'reopen'] as const) {
            if (again !== 'no') await bench[again]();
            assert.deepEqual(plain((await bench.get(id)).webhook), plain(webhook));
            assert.equal((await bench.list())[0]?.target, webhook.request.target);
          }
          const [claimed] = await bench.claimAll({ now: dawn + 1e6 });
          assert.deepEqual(plain(claimed?.webhook), plain(webhook));
        }),
      );
    }

    test(
      'with bodies of random bytes of every size up to 300 KiB',
      on(async (bench) => {
        const webhooks = sizes.map((size) =>
          bench.hooks.make({ request: { body: bench.hooks.random.bytes(size) } }),
        );
        await bench.append(webhooks.slice(0, 8));
        await Promise.all(webhooks.slice(8).map((webhook) => bench.append([webhook])));
        for (const again of ['no', 'crash', 'reopen'] as const) {
          if (again !== 'no') await bench[again]();
          for (const { id, request } of webhooks) {
            const found = Buffer.from((await bench.get(id)).webhook.request.body);
            assert.ok(found.equals(request.body), `a body of ${request.body.length} bytes`);
          }
          const listed = (await bench.list()).map(({ bodyBytes }) => bodyBytes).reverse();
          assert.deepEqual(listed, sizes);
        }
      }),
    );

    test(
      'with a body that its owner overwrites after the append has resolved',
      on(async (bench) => {
        const body = Buffer.from('first');
        const { id } = await bench.appendOne({ request: { body } });
        body.fill(0);
        assert.equal(Buffer.from((await bench.get(id)).webhook.request.body).toString(), 'first');
        await bench.reopen();
        assert.equal(Buffer.from((await bench.get(id)).webhook.request.body).toString(), 'first');
      }),
    );

    test(
      'with names and keys of any letters, and null is not the empty text',
      on(async (bench) => {
        const texts = ['', ' ', '0', 'null', 'a\u0000b', '\u00e9', '\u{1f642}', '\uffff', 'x'.repeat(2000)];
        for (const text of texts) {
          const { webhook, id } = await bench.appendOne({
            bot: text,
            user: text,
            orderKey: `${text}#${texts.indexOf(text)}`,
          });
          assert.deepEqual(plain((await bench.get(id)).webhook), plain(webhook));
          assert.deepEqual(await bench.ids({ bot: text, user: text }), [id], JSON.stringify(text));
        }
        const { id } = await bench.appendOne();
        const { bot, user, orderKey } = (await bench.get(id)).webhook;
        assert.deepEqual([bot, user, orderKey], [null, null, null]);
      }),
    );

    test(
      'with answers and failures of every kind',
      on(async (bench) => {
        const causes = ['connection-lost', 'tls', 'unknown'] as const;
        const outcomes = [
          ...[0, 1, 65_536].map((size, at) => ({
            kind: 'answered' as const,
            status: [200, 599, 302][at] ?? 200,
            headers: at === 0 ? [] : ['X-Latin', everyLatin1, 'x-latin', ''],
            body: bench.hooks.random.bytes(size),
            bodyTruncated: at === 2,
            complete: at !== 1,
          })),
          ...causes.map((cause) => ({
            kind: 'failed' as const,
            cause,
            detail: `detail \u00e9\u{1f642} ${cause}`,
          })),
        ];
        for (const outcome of outcomes) {
          const { id, lease } = await bench.appendOne();
          const event = deadBy({ outcome, at: dawn + 12_345, number: 4_000_000, replay: 70_000 });
          await bench.settled(lease, event);
          assert.deepEqual(plain((await bench.get(id)).events), plain([event]));
          await bench.reopen();
          assert.deepEqual(plain((await bench.get(id)).events), plain([event]));
        }
      }),
    );

    test(
      'with a duration of no time at all',
      on(async (bench) => {
        const { id, lease } = await bench.appendOne();
        const event = deliveredBy();
        assert.ok(event.type === 'attempted');
        await bench.settled(lease, { ...event, attempt: { ...event.attempt, durationMs: 0 } });
        const [kept] = (await bench.get(id)).events;
        assert.ok(kept?.type === 'attempted' && kept.attempt.durationMs === 0);
      }),
    );
  });
}
