import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { parseDuration, parseSize } from '../../../src/config/index.ts';
import { isLoopback, reachesListener } from '../../../src/config/checks/addresses.ts';
import { checkRange } from '../../../src/config/checks/ranges.ts';
import { editDistance, nearest } from '../../../src/config/guess.ts';
import { childNode, mapNode, nodeAt } from '../../../src/config/schema/tree.ts';

describe('guesses', () => {
  test('the distance counts inserts, deletes, replacements and swapped neighbours', () => {
    for (const [one, other, distance] of [
      ['', '', 0],
      ['', 'abc', 3],
      ['answer', 'answer', 0],
      ['anwser', 'answer', 1],
      ['anser', 'answer', 1],
      ['answeer', 'answer', 1],
      ['kitten', 'sitting', 3],
      ['ca', 'abc', 3],
    ] as const)
      assert.equal(editDistance(one, other), distance, `${one} ${other}`);
  });

  test('the distance is the same both ways, and zero only for equals', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
        const distance = editDistance(one, other);
        assert.equal(distance, editDistance(other, one));
        assert.equal(distance === 0, one === other);
        assert.ok(distance <= Math.max(one.length, other.length));
      }),
    );
  });

  test('only a name that is near is guessed', () => {
    const known = ['answer', 'retry', 'botHost', 'for'];
    assert.equal(nearest('anwser', known), 'answer');
    assert.equal(nearest('bot_host', known), 'botHost');
    assert.equal(nearest('BOT-HOST', known), 'botHost');
    assert.equal(nearest('fro', known), 'for');
    assert.equal(nearest('something', known), null);
    assert.equal(nearest('x'.repeat(10_000), known), null);
    assert.equal(nearest('a', ['x'.repeat(10_000)]), null);
    assert.equal(nearest('a', []), null);
  });

  test('the beginning of a longer name is enough, the shortest one counts, and a nearer name goes before', () => {
    const known = ['coinpayments-v3', 'coinpayments', 'coinbase-commerce', 'stripe'];
    assert.equal(nearest('coinbase', known), 'coinbase-commerce');
    assert.equal(nearest('CoinPay', known), 'coinpayments');
    assert.equal(nearest('coi', known), null);
    assert.equal(nearest('coinpayments-v', known), 'coinpayments-v3');
    assert.deepEqual(known[0], 'coinpayments-v3', 'the list itself is left as it is');
  });
});

describe('units', () => {
  test('durations and sizes are read with their unit only', () => {
    for (const [text, value] of [
      ['250ms', 250],
      ['1.5s', 1500],
      ['10m', 600_000],
      ['24h', 86_400_000],
      ['7d', 604_800_000],
      ['0s', 0],
      ['5', null],
      ['5 s', null],
      ['-5s', null],
      ['5S', null],
      ['1e3s', null],
      ['5constructor', null],
      ['', null],
    ] as const)
      assert.equal(parseDuration(text), value, text);
    for (const [text, value] of [
      ['512B', 512],
      ['64KiB', 65_536],
      ['0.5MiB', 524_288],
      ['1GiB', 1024 ** 3],
      ['2TiB', 2 * 1024 ** 4],
      ['1KB', null],
      ['1k', null],
    ] as const)
      assert.equal(parseSize(text), value, text);
  });
});

describe('addresses and blocks', () => {
  const valid = [
    '192.0.2.7',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '192.0.2.7/32',
    '::',
    '::1',
    '2001:db8::/32',
    '::/0',
    'fe80::1',
    '::ffff:10.0.0.0/104',
    '2001:db8::1/128',
  ];
  for (const text of valid) test(`${text} is taken`, () => assert.equal(checkRange(text), null));

  const invalid = [
    '',
    '1',
    '10/8',
    '0177.0.0.1',
    '010.0.0.1',
    '0x7f.1',
    '2130706433',
    '1.2.3',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.1/8',
    '0.0.0.1/0',
    '2001:db8::1/32',
    '::1/129',
    '::ffff:10.0.0.1/104',
    'fe80::1%eth0',
    'fe80::%eth0/10',
    ' 10.0.0.1',
    '[::1]',
    'localhost',
    '10.0.0.0/8 ',
    '10.0.0.0/8.0',
  ];
  for (const text of invalid)
    test(`"${text}" is refused, and not repeated`, () => {
      const message = checkRange(text);
      assert.ok(message !== null);
      if (text.length > 3 && isIP(text) === 0) assert.ok(!message.includes(text));
    });

  test("what is taken as a block is one in the eyes of Node's own block list", () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.integer({ min: 0, max: 140 }), (address, prefix) => {
        const version = isIP(address);
        const bits = version === 4 ? 32 : 128;
        const message = checkRange(`${address}/${String(prefix)}`);
        if (prefix > bits) assert.notEqual(message, null);
        if (message !== null) return;
        const list = new BlockList();
        list.addSubnet(address, prefix, version === 4 ? 'ipv4' : 'ipv6');
        assert.ok(list.check(address, version === 4 ? 'ipv4' : 'ipv6'));
      }),
    );
  });

  test('loopback is known in every spelling, and nothing else is', () => {
    for (const host of [
      '127.0.0.1',
      '127.8.8.8',
      '::1',
      '[::1]',
      'localhost',
      'LOCALHOST',
      '::ffff:127.0.0.1',
    ])
      assert.ok(isLoopback(host), host);
    for (const host of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      'localhost.example',
      '127.0.0.1.example',
      '128.0.0.1',
      '',
    ])
      assert.ok(!isLoopback(host), host);
  });

  test('a listener is recognised in the address of a bot host, as far as texts can tell', () => {
    for (const [url, host, port, expected] of [
      ['http://127.0.0.1:8080/x', '127.0.0.1', 8080, true],
      ['http://localhost', '0.0.0.0', 80, true],
      ['https://[::1]', '::', 443, true],
      ['http://0.0.0.0:8080', '127.0.0.1', 8080, true],
      ['http://10.0.0.5:8080', '10.0.0.5', 8080, true],
      ['http://10.0.0.6:8080', '10.0.0.5', 8080, false],
      ['http://10.0.0.5:8080', '127.0.0.1', 8080, false],
      ['http://127.0.0.1:8081', '127.0.0.1', 8080, false],
      ['http://127.0.0.1:0', '127.0.0.1', 0, false],
      ['nonsense', '127.0.0.1', 80, false],
    ] as const)
      assert.equal(reachesListener(url, { host, port }), expected, url);
  });
});

describe('the schema as a tree', () => {
  test('a node is found by its path, through lists, records and unions', () => {
    assert.equal(nodeAt(['routes', 3, 'answer', 'whenQueued', 'status'])?.kind, 'number');
    assert.equal(nodeAt(['botHosts', 'any', 'url'])?.kind, 'string');
    assert.equal(nodeAt(['links', 'botTokens', '7'])?.secret, true);
    assert.equal(nodeAt(['limits', 'idleTimeout'])?.restart, true);
    assert.equal(nodeAt(['log', 'keep', 'dead'])?.restart, false);
    assert.equal(nodeAt(['listen', 'tls', 'cert'])?.restart, true);
    assert.equal(nodeAt(['limits', 'headersMax'])?.restart, false);
    assert.equal(nodeAt(['nothing', 'here']), null);
    assert.equal(nodeAt([Symbol('x')]), null);
    const whenQueued = nodeAt(['routes', 0, 'answer', 'whenQueued']);
    assert.ok(whenQueued !== null);
    assert.equal(childNode(whenQueued, 'nothing'), null);
  });

  test('a union of a list and a map is entered by the kind of the step', () => {
    assert.equal(nodeAt(['routes', 0, 'whitelist', 1])?.kind, 'string');
    assert.equal(nodeAt(['routes', 0, 'whitelist', 'mode'])?.kind, 'enum');
    assert.equal(nodeAt(['routes', 0, 'whitelist', 'addresses', 1])?.kind, 'string');
    assert.equal(nodeAt(['routes', 0, 'dedupe', 'key', 1])?.kind, 'string');
    assert.equal(nodeAt(['routes', 'name']), null);
    const whitelist = nodeAt(['routes', 0, 'whitelist']);
    assert.ok(whitelist !== null);
    assert.equal(mapNode(whitelist)?.fields.has('mode'), true);
    assert.equal(mapNode(nodeAt(['routes', 0]) ?? whitelist)?.fields.has('sender'), true);
    assert.equal(mapNode(nodeAt(['publicUrl']) ?? whitelist), null);
  });

  test('keys that can be left out are told from those that must be given', () => {
    assert.equal(nodeAt(['routes', 0, 'senderSettings', 'merchant'])?.optional, true);
    assert.equal(nodeAt(['routes', 0, 'senderSettings', 'payoutKeys', 0])?.secret, true);
    assert.equal(nodeAt(['routes', 0, 'name'])?.optional, false);
    assert.equal(nodeAt(['routes', 0, 'forwardTo'])?.secret, true);
  });
});
