import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import type { RouteConfig } from '../../../src/config/index.ts';
import { redacted, secretValues } from '../../../src/config/index.ts';
import { senderNames } from '../../../src/core/senders.ts';
import { least, loadText, told, valid } from './support.ts';

const routed = (settings: string) => `${least}routes: [{ name: a, path: /a, ${settings} }]\n`;

async function routeOf(settings: string): Promise<RouteConfig> {
  const [route] = valid(await loadText(routed(settings))).config.routes;
  assert.ok(route !== undefined);
  return route;
}

/** What is told of a route, without line and column. */
async function problemsWith(settings: string): Promise<string[]> {
  return told(await loadText(routed(settings))).map((line) => line.replace(/^\d+:\d+ routes\[0\]\.?/, ''));
}

describe("a route's sender", () => {
  for (const name of senderNames) {
    test(`${name} is taken`, async () => {
      assert.equal((await routeOf(`sender: ${name}`)).sender, name);
    });
  }

  test('every setting of a sender is taken, durations in milliseconds', async () => {
    const settings =
      'webhookId: w, merchant: "7", clientId: c, appId: a, payoutKeys: [p, q], header: X-Signature, algorithm: sha512, ' +
      "encoding: base64url, prefix: 'v1=', signed: '{timestamp}.{body}', timestampHeader: X-Time, tolerance: 5m";
    const route = await routeOf(
      `sender: hmac, secrets: [one, two], verify: report, senderSettings: { ${settings} }`,
    );
    assert.deepEqual([...route.secrets], ['one', 'two']);
    assert.equal(route.verify, 'report');
    assert.deepEqual(route.senderSettings, {
      webhookId: 'w',
      merchant: '7',
      clientId: 'c',
      appId: 'a',
      payoutKeys: ['p', 'q'],
      header: 'X-Signature',
      algorithm: 'sha512',
      encoding: 'base64url',
      prefix: 'v1=',
      signed: '{timestamp}.{body}',
      timestampHeader: 'X-Time',
      tolerance: 300_000,
    });
  });

  const wrong: readonly (readonly [string, string, string])[] = [
    ['a name with a slip', 'sender: sripe', 'sender: unknown name; did you mean "stripe"?'],
    ['a name with a letter too many', 'sender: telegramm', 'sender: unknown name; did you mean "telegram"?'],
    [
      'the beginning of a name',
      'sender: coinbase',
      'sender: unknown name; did you mean "coinbase-commerce"?',
    ],
    ['a name like none', 'sender: xyzzy', `sender: expected one of ${senderNames.join(', ')}`],
    ['an empty secret', "sender: stripe, secrets: ['']", 'secrets[0]: must not be empty'],
    ['a secret that is no list', 'sender: stripe, secrets: whsec_x', 'secrets: expected a list, not text'],
    [
      'nine secrets',
      'sender: stripe, secrets: [a, b, c, d, e, f, g, h, i]',
      'secrets: must have at most 8 entries',
    ],
    [
      'a verdict that is neither',
      'sender: stripe, verify: enforced',
      'verify: expected one of enforce, report; did you mean "enforce"?',
    ],
    [
      'a setting that there is not',
      'sender: paypal, senderSettings: { webhookID: x, hash: sha256 }',
      'senderSettings.webhookID: unknown key; did you mean "webhookId"?',
    ],
    [
      'a hash that is not taken',
      'sender: hmac, senderSettings: { algorithm: md5 }',
      'senderSettings.algorithm: expected one of sha1, sha256, sha512',
    ],
    [
      'a header that is none',
      'sender: hmac, senderSettings: { header: "X Signature" }',
      'senderSettings.header: expected the name of a header',
    ],
    [
      'a tolerance without a unit',
      'sender: hmac, senderSettings: { tolerance: 300 }',
      'senderSettings.tolerance: expected a duration such as 25s, not a whole number',
    ],
    [
      'secrets without a sender',
      'secrets: [hunter2]',
      'secrets: is of no use: the route names no sender; add sender: NAME',
    ],
    [
      'a verdict without a sender',
      'verify: report',
      'verify: is of no use: the route names no sender; add sender: NAME',
    ],
    [
      'settings without a sender',
      'senderSettings: { merchant: "7" }',
      'senderSettings: is of no use: the route names no sender; add sender: NAME',
    ],
  ];
  for (const [what, settings, expected] of wrong) {
    test(`${what} is a problem`, async () => {
      assert.equal((await problemsWith(settings))[0], expected);
    });
  }

  test('where the sender is misspelt, that alone is told: what goes with it is not called useless', async () => {
    assert.deepEqual(
      await problemsWith('sender: sripe, secrets: [a], verify: report, dedupe: { window: 1h }'),
      ['sender: unknown name; did you mean "stripe"?'],
    );
  });
});

describe('what is left to the sender', () => {
  test('every part of an answer can be set, and an acknowledgement in part', async () => {
    const answer =
      'mode: wait, for: 2s, whenQueued: acknowledge, ack: { body: "YES" }, success: acknowledge, whenLimited: unavailable';
    assert.deepEqual((await routeOf(`answer: { ${answer} }`)).answer, {
      mode: 'wait',
      for: 2_000,
      whenQueued: 'acknowledge',
      ack: { status: 200, contentType: 'text/plain; charset=utf-8', body: 'YES' },
      success: 'acknowledge',
      whenLimited: 'unavailable',
    });
  });

  test('null may be written for each of them', async () => {
    const names = ['mode', 'for', 'whenQueued', 'ack', 'success', 'whenLimited'];
    const { answer } = await routeOf(`answer: { ${names.map((name) => `${name}: null`).join(', ')} }`);
    assert.deepEqual(answer, Object.fromEntries(names.map((name) => [name, null])));
  });

  test('to acknowledge what is acknowledged anyway is a problem', async () => {
    assert.deepEqual(await problemsWith('answer: { mode: ack, success: acknowledge }'), [
      'answer.success: has no effect in mode ack; there every caller gets the acknowledgement',
    ]);
    assert.equal((await routeOf('answer: { mode: ack, success: relay }')).answer.mode, 'ack');
  });
});

describe('dedupe', () => {
  const taken: readonly (readonly [string, RouteConfig['dedupe']])[] = [
    ['dedupe: null', null],
    ['dedupe: off', 'off'],
    [
      'dedupe: { key: header:X-Event-Id }',
      { key: ['header:X-Event-Id'], window: null, whenDelivered: 'answer' },
    ],
    [
      'dedupe: { key: [form:txn_id, param:status, query:a, json:/b/0], window: 7d, whenDelivered: deliver }',
      {
        key: ['form:txn_id', 'param:status', 'query:a', 'json:/b/0'],
        window: 604_800_000,
        whenDelivered: 'deliver',
      },
    ],
    [
      'sender: github, dedupe: { whenDelivered: deliver }',
      { key: null, window: null, whenDelivered: 'deliver' },
    ],
  ];
  for (const [settings, expected] of taken) {
    test(`${settings} is taken`, async () => assert.deepEqual((await routeOf(settings)).dedupe, expected));
  }

  const where = 'expected header:NAME, query:NAME, form:NAME, param:NAME or json:/POINTER';
  const wrong: readonly (readonly [string, string])[] = [
    ['dedupe: on', 'dedupe: expected off, or a map of keys'],
    ['dedupe: true', 'dedupe: expected off, or a map of keys'],
    ['dedupe: [header:X-Id]', 'dedupe: expected off, or a map of keys'],
    ['dedupe: { key: id }', `dedupe.key: ${where}`],
    ['dedupe: { key: [header:X-Id, cookie:id] }', `dedupe.key[1]: ${where}`],
    ['dedupe: { key: [header:X-Id, 7] }', 'dedupe.key[1]: expected text, not a whole number'],
    ['dedupe: { key: [] }', 'dedupe.key: must have at least 1 entry'],
    ['dedupe: { key: {} }', 'dedupe.key: expected text, or a list'],
    ['dedupe: { key: query:a, windw: 1h }', 'dedupe.windw: unknown key; did you mean "window"?'],
    ['dedupe: { key: query:a, window: 0s }', 'dedupe.window: must be between 1s and 3650d'],
    [
      'dedupe: { key: query:a, window: 8d }',
      'dedupe.window: must not be longer than log.keep.delivered; what is no longer kept has no copies: keep delivered webhooks ' +
        'for longer',
    ],
    [
      'dedupe: { window: 1d }',
      "dedupe.key: nothing says where the event's id stands; name the place, such as header:X-Event-Id, or a sender",
    ],
  ];
  for (const [settings, expected] of wrong) {
    test(`${settings} is a problem`, async () => assert.deepEqual(await problemsWith(settings), [expected]));
  }

  test('a longer window is taken where delivered webhooks are kept for as long', async () => {
    const text = `${routed('dedupe: { key: query:a, window: 8d }')}log: { keep: { delivered: 8d } }\n`;
    assert.equal((await loadText(text)).ok, true);
  });

  test('an order can be by a field of a form, or by one of either', async () => {
    assert.equal((await routeOf('order: { by: form:user }')).order?.by, 'form:user');
    assert.equal((await routeOf('order: { by: param:user }')).order?.by, 'param:user');
  });
});

describe('the secrets of a sender', () => {
  const text = routed(
    'sender: oxapay, secrets: [hunter2-a, hunter2-b], senderSettings: { payoutKeys: [hunter2-c] }, forwardTo: /x?token=hunter2-d',
  );

  test('are all known as secrets, and none is in the printable copy', async () => {
    const { config, secrets } = valid(await loadText(text));
    assert.deepEqual([...secrets].sort(), ['/x?token=hunter2-d', 'hunter2-a', 'hunter2-b', 'hunter2-c']);
    assert.deepEqual(secretValues(config), secrets);
    const [route] = redacted(config).routes;
    assert.deepEqual(route?.secrets, ['***', '***']);
    assert.deepEqual(route.senderSettings, { payoutKeys: ['***'] });
    assert.equal(route.forwardTo, '***');
    assert.doesNotMatch(inspect(redacted(config), { depth: 9 }), /hunter2/);
  });

  test('are in no problem, whatever else is wrong with the route', async () => {
    const broken = text
      .replace('sender: oxapay', 'sender: oxapai')
      .replace('hunter2-d', 'hunter2-d hunter2')
      .replace('[hunter2-c]', '[[hunter2-c]]');
    const found = told(await loadText(broken));
    assert.ok(found.length >= 3, found.join('\n'));
    assert.doesNotMatch(found.join(), /hunter2/);
  });

  test('a forwardTo that is null stays null in the printable copy', async () => {
    assert.equal(redacted(valid(await loadText(routed('sender: github'))).config).routes[0]?.forwardTo, null);
  });
});

describe('a whitelist', () => {
  test('may be a plain list, which is enforced, of addresses and senders', async () => {
    const text = `${least}access: { whitelist: [192.0.2.7, sender:stripe] }
routes: [{ name: a, path: /a, whitelist: ['sender:telegram', 10.0.0.0/8] }]
`;
    const { config } = valid(await loadText(text));
    assert.deepEqual(config.access.whitelist, { mode: 'enforce', addresses: ['192.0.2.7', 'sender:stripe'] });
    assert.deepEqual(config.routes[0]?.whitelist, {
      mode: 'enforce',
      addresses: ['sender:telegram', '10.0.0.0/8'],
    });
  });

  test('may be a map as before, with senders in its addresses', async () => {
    const { whitelist } = await routeOf('whitelist: { mode: report, addresses: [sender:github] }');
    assert.deepEqual(whitelist, { mode: 'report', addresses: ['sender:github'] });
  });

  const wrong: readonly (readonly [string, string, string])[] = [
    [
      'a plain list with an address that is none',
      'whitelist: [10.0.0.0/8, 10.0.0.1/8]',
      'whitelist[1]: the address has bits set behind its prefix: write the first address of the block, or leave the prefix out',
    ],
    [
      'a sender that there is not',
      'whitelist: [sender:telegramm]',
      'whitelist[0]: there is no such sender; did you mean "telegram"?',
    ],
    [
      'a sender that there is not, in a map',
      'whitelist: { addresses: [sender:sripe] }',
      'whitelist.addresses[0]: there is no such sender; did you mean "stripe"?',
    ],
    ['nobody', 'whitelist: []', 'whitelist: must have at least 1 entry'],
    ['a number', 'whitelist: [7]', 'whitelist[0]: expected text, not a whole number'],
    ['a single address', 'whitelist: 10.0.0.1', 'whitelist: expected a list, or a map of keys'],
    [
      'a mode that is misspelt',
      'whitelist: { mod: enforce }',
      'whitelist.mod: unknown key; did you mean "mode"?',
    ],
  ];
  for (const [what, settings, expected] of wrong) {
    test(`of ${what} is a problem`, async () => assert.deepEqual(await problemsWith(settings), [expected]));
  }

  test('a sender is no proxy', async () => {
    assert.deepEqual(told(await loadText(`${least}trustedProxies: [10.0.0.1, sender:telegram]\n`)), [
      '2:28 trustedProxies[1]: a sender is no proxy: expected an address or a CIDR block',
    ]);
  });
});

describe('what only those can see who know more than a configuration', () => {
  const text = `${least}routes:
  - name: a
    path: /a
    sender: stripe
    whitelist: [10.0.0.0/8, sender:stripe]
    dedupe: { key: header:X-Id }
`;

  test('is told at its place in the file, in its order, with its hint', async () => {
    const result = await loadText(text, {
      inspect: ({ routes }) => [
        { path: ['routes', 0, 'dedupe', 'key', 0], message: `is no ${String(routes[0]?.dedupe !== null)}` },
        { path: ['routes', 0, 'secrets'], message: 'needs one', hint: 'give one' },
        { path: ['routes', 0, 'whitelist', 'addresses', 1], message: 'publishes no addresses' },
        { path: ['senderAddresses'], message: 'cannot be read' },
      ],
    });
    assert.deepEqual(told(result), [
      '1:1 senderAddresses: cannot be read',
      '3:5 routes[0].secrets: needs one; give one',
      '6:29 routes[0].whitelist.addresses[1]: publishes no addresses',
      '7:20 routes[0].dedupe.key[0]: is no true',
    ]);
  });

  test('may take its time, and finding nothing is no problem', async () => {
    const result = await loadText(text, { inspect: () => Promise.resolve([]) });
    assert.equal(valid(result).config.routes[0]?.sender, 'stripe');
  });

  test('is not asked for where the configuration itself is wrong', async () => {
    let asked = 0;
    const inspectConfig = () => {
      asked += 1;
      return [];
    };
    assert.equal((await loadText(`${text}x: 1\n`, { inspect: inspectConfig })).ok, false);
    assert.equal(asked, 0);
    await loadText(text, { inspect: inspectConfig });
    assert.equal(asked, 1);
  });
});
