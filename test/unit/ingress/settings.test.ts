import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { configSchema } from '../../../src/config/index.ts';
import { HookwardError } from '../../../src/core/errors.ts';
import { prepareIngressSettings, type RouteRule } from '../../../src/ingress/index.ts';
import { forwardedScheme } from '../../../src/ingress/scheme.ts';
import { route, settings } from './harness.ts';

const isInvalid = (error: unknown) => error instanceof HookwardError && error.code === 'config-invalid';

describe('ingress settings', () => {
  test('the parts of a parsed configuration fit as they are', () => {
    const { limits, routes, passThrough, signing } = configSchema.parse({
      botHosts: { main: { url: 'http://127.0.0.1:3000' } },
      routes: [
        { name: 'bots', path: '/v1/bots/:bot/new-webhook', order: { by: 'query:user_id' } },
        { name: 'pay', path: '/pay', bodyBytesMax: '1KiB' },
      ],
    });
    const rules = routes.map(({ name, path, bodyBytesMax, link, cors, order }) =>
      route({ name, path, bodyBytesMax, link, cors, order, answer: name === 'pay' ? { mode: 'ack' } : {} }),
    );
    const made = prepareIngressSettings({
      limits,
      routes: rules,
      publicUrl: null,
      passThrough,
      headerPrefix: signing.headerPrefix,
      leaseMs: 1,
    });
    assert.deepEqual(made.fields, { id: 'hookward-id', duplicateOf: 'hookward-duplicate-of' });
    const bots = made.routes.match('/v1/bots/7/new-webhook');
    assert.equal(bots?.route.bodyBytesMax, 1024 * 1024);
    assert.equal(bots.route.waitMs, 25_000);
    assert.equal(bots.route.orderWaitMaxMs, 300_000);
    const pay = made.routes.match('/pay');
    assert.equal(pay?.route.bodyBytesMax, 1024);
    assert.equal(pay.route.waitMs, 0);
    assert.equal(pay.route.isAcknowledgedAtOnce, true);
    assert.equal(pay.route.ack.body.toString(), 'ok');
  });

  const unsendable: readonly [what: string, rule: Partial<RouteRule>][] = [
    [
      'an acknowledgement',
      { answer: { ...route().answer, ack: { status: 200, contentType: 'a\r\nb', body: 'x' } } },
    ],
    [
      'a fixed answer',
      { answer: { ...route().answer, whenQueued: { status: 200, contentType: '\0', body: 'x' } } },
    ],
    ['an origin', { cors: { origins: ['https://a\n'], headers: [], maxAge: 0 } }],
    ['a header for pages', { cors: { origins: ['*'], headers: ['x\r'], maxAge: 0 } }],
  ];

  for (const [what, rule] of unsendable) {
    test(`${what} that no header can carry is refused when the settings are made`, () => {
      assert.throws(() => settings({ routes: [route(rule)] }), isInvalid);
    });
  }

  test('routes that cannot be used together are refused', () => {
    assert.throws(() => settings({ routes: [route(), route({ name: 'other' })] }), isInvalid);
  });
});

describe('the scheme that a trusted proxy was called by', () => {
  const cases: readonly [headers: string[], scheme: string][] = [
    [[], 'http'],
    [['X-Forwarded-Proto', 'https'], 'https'],
    [['X-Forwarded-Proto', 'HTTPS'], 'https'],
    [['X-Forwarded-Proto', 'https,http'], 'http'],
    [['X-Forwarded-Proto', 'https', 'x-forwarded-proto', 'http'], 'http'],
    [['X-Forwarded-Proto', 'gopher'], 'http'],
    [['Forwarded', 'for=1.2.3.4;proto=https;by=5.6.7.8'], 'https'],
    [['Forwarded', 'for=1.2.3.4;proto="https"'], 'https'],
    [['Forwarded', 'proto=https, for=1.2.3.4'], 'http'],
    [['Forwarded', 'for="proto=https"'], 'http'],
    [['Forwarded', 'proto=https', 'X-Forwarded-Proto', 'http'], 'http'],
  ];
  for (const [headers, scheme] of cases) {
    test(`${JSON.stringify(headers)} is ${scheme}`, () => assert.equal(forwardedScheme(headers), scheme));
  }
});
