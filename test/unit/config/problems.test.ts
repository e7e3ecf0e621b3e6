import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explainConfig } from '../../../src/config/index.ts';
import { least, loadText, problemsOf, told } from './support.ts';

describe('what is wrong with a configuration', () => {
  test('every problem is told at once, in the order of the file, with line, column, path and a guess', async () => {
    const result = await loadText(`lissten: {}
admin:
  host: 0.0.0.0
trustedProxies: [10.0.0.1/8]
botHosts:
  main:
    url: ftp://x
    concurrency: many
routes:
  - name: a
    path: /x/:bot
    botHost: mian
    anwser: {}
    answer:
      for: 25
      mode: wiat
      whenQueued: { status: 20, bdy: x }
  - name: a
    path: /x/:id
  - name: c
`);
    assert.deepEqual(told(result), [
      '1:1 lissten: unknown key; did you mean "listen"?',
      '3:9 admin.host: off loopback the admin listener needs at least one token; make one with `hookward keys token` and put it under admin.tokens',
      '4:18 trustedProxies[0]: the address has bits set behind its prefix: write the first address of the block, or leave the prefix out',
      '7:10 botHosts.main.url: expected an http:// or https:// address',
      '8:18 botHosts.main.concurrency: expected a whole number, not text',
      '12:14 routes[0].botHost: there is no such bot host; did you mean "main"?',
      '13:5 routes[0].anwser: unknown key; did you mean "answer"?',
      '15:12 routes[0].answer.for: expected a duration such as 25s, not a whole number',
      '16:13 routes[0].answer.mode: expected one of wait, ack; did you mean "wait"?',
      '17:29 routes[0].answer.whenQueued.status: must be at least 200',
      '17:33 routes[0].answer.whenQueued.bdy: unknown key; did you mean "body"?',
      '18:11 routes[1].name: another route has this name: routes[0]',
      '19:11 routes[1].path: another route takes the same paths: routes[0]',
      '20:5 routes[2].path: is required',
    ]);
  });

  test('explainConfig puts the file in front of each line', async () => {
    const problems = problemsOf(await loadText(`${least}routs: []\n`));
    assert.equal(
      explainConfig(problems, 'webhooks.config.yaml'),
      'webhooks.config.yaml:2:1  routs: unknown key; did you mean "routes"?',
    );
  });

  test('only the admin listener without tokens has a code of its own', async () => {
    const problems = problemsOf(await loadText(`${least}admin: { host: "::" }\nx: 1\n`));
    assert.deepEqual(
      problems.map(({ path, code }) => [path, code]),
      [
        ['admin.host', 'admin-needs-tokens'],
        ['x', 'config-invalid'],
      ],
    );
  });

  const single: readonly (readonly [string, string, string])[] = [
    [
      'a key that belongs elsewhere',
      'bodyBytesMax: 1MiB',
      '2:1 bodyBytesMax: unknown key; it belongs under limits',
    ],
    [
      'a key written with an underscore',
      'public_url: x',
      '2:1 public_url: unknown key; did you mean "publicUrl"?',
    ],
    [
      'a key like no other where few are known',
      'logging: { qqqqqq: 1 }',
      '2:12 logging.qqqqqq: unknown key; known here: level, pretty',
    ],
    [
      'a merge key',
      'logging: { <<: {} }',
      '2:12 logging["<<"]: unknown key; merge keys are not supported; an alias of a whole value is',
    ],
    ['a section that is empty', 'limits:', '2:1 limits: expected a map of keys, not nothing'],
    ['a list in place of a map', 'limits: []', '2:1 limits: expected a map of keys, not a list'],
    ['a map in place of a list', 'routes: { a: 1 }', '2:1 routes: expected a list, not a map of keys'],
    [
      'a switch written as text',
      'logging: { pretty: "true" }',
      '2:20 logging.pretty: expected true or false, not text',
    ],
    ['a switch in place of text', 'log: { dir: true }', '2:13 log.dir: expected text, not true or false'],
    [
      'a choice that is no text',
      'logging: { level: 3 }',
      '2:19 logging.level: expected one of trace, debug, info, warn, error',
    ],
    ['a number out of its range', 'listen: { port: 70000 }', '2:17 listen.port: must be at most 65535'],
    ['half a number', 'listen: { port: 80.5 }', '2:17 listen.port: expected a whole number, not a number'],
    [
      'a duration without a unit',
      'limits: { idleTimeout: 65 }',
      '2:24 limits.idleTimeout: expected a duration such as 25s, not a whole number',
    ],
    [
      'a duration in a wrong unit',
      'limits: { idleTimeout: 65sec }',
      '2:24 limits.idleTimeout: expected a duration such as 25s',
    ],
    [
      'a duration of zero',
      'limits: { idleTimeout: 0s }',
      '2:24 limits.idleTimeout: must be between 1ms and 1h',
    ],
    [
      'a duration that a timer cannot hold',
      'limits: { idleTimeout: 30d }',
      '2:24 limits.idleTimeout: must be between 1ms and 1h',
    ],
    ['a size in a wrong unit', 'log: { bytesMax: 10GB }', '2:18 log.bytesMax: expected a size such as 1MiB'],
    [
      'a host with a port',
      'listen: { host: "127.0.0.1:80" }',
      '2:17 listen.host: expected an address such as 127.0.0.1 or ::, or a host name, without a port',
    ],
    [
      'a header for the signatures that is none',
      'signing: { headerPrefix: "X Hook" }',
      '2:26 signing.headerPrefix: expected 1 to 32 lower-case letters, digits and dashes, a letter first',
    ],
    [
      'a signing key that is too short',
      'signing: { keys: [whsec_c2hvcnQ=] }',
      '2:19 signing.keys[0]: expected a key as `hookward keys signing` prints it',
    ],
    [
      'a link key that can be guessed',
      'links: { keys: [{ id: a, secret: short }] }',
      '2:34 links.keys[0].secret: must have at least 16 characters',
    ],
    ['an empty bot token', 'links: { botTokens: { 7: "" } }', '2:26 links.botTokens.7: must not be empty'],
    [
      'two link keys of one id',
      'links: { keys: [{ id: a, secret: 0123456789abcdef }, { id: a, secret: 0123456789abcdeg }] }',
      '2:60 links.keys[1].id: another key has this id: links.keys[0]',
    ],
    [
      'a public address that is none',
      'publicUrl: hooks.example.com',
      '2:12 publicUrl: expected the http:// or https:// address that senders call',
    ],
    [
      'a public address with a query',
      'publicUrl: "https://a.example/?x"',
      '2:12 publicUrl: this address ends before any ? or #',
    ],
    [
      'a pass-through to nowhere',
      'passThrough: { botHost: man }',
      '2:25 passThrough.botHost: there is no such bot host; did you mean "main"?',
    ],
    [
      'one port for both listeners',
      'admin: { port: 8080 }',
      '2:16 admin.port: the public listener has this port already',
    ],
    [
      'the PROXY protocol, and nobody to speak it',
      'listen: { proxyProtocol: v1v2 }',
      '2:26 listen.proxyProtocol: needs the addresses of the proxies in trustedProxies',
    ],
    [
      'timeouts that contradict each other',
      'limits: { headersTimeout: 40s }',
      '2:27 limits.headersTimeout: must not be longer than requestTimeout',
    ],
    [
      'a body that memory would never take',
      'limits: { inFlightBytesMax: 1KiB }',
      '2:1 limits.bodyBytesMax: must not be more than inFlightBytesMax',
    ],
    [
      'a first ban beyond the longest',
      'access: { bans: { for: 48h } }',
      '2:24 access.bans.for: must not be longer than max',
    ],
    [
      'a whitelisted address that is none',
      'access: { whitelist: { addresses: [0177.0.0.1] } }',
      '2:36 access.whitelist.addresses[0]: expected an address or a CIDR block, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32',
    ],
  ];
  for (const [what, line, expected] of single) {
    test(`${what} is the one problem told`, async () => {
      assert.deepEqual(told(await loadText(`${least}${line}\n`)), [expected]);
    });
  }

  test('the PROXY protocol and TLS together are told, whatever else is wrong', async () => {
    const tls = 'listen: { proxyProtocol: v1v2, tls: { cert: a.pem, key: b.pem } }';
    assert.equal(
      told(await loadText(`${least}${tls}\ntrustedProxies: [192.0.2.1]\n`))[0],
      '2:26 listen.proxyProtocol: cannot be used with listen.tls: let the proxy end TLS',
    );
  });

  const routes: readonly (readonly [string, string, string])[] = [
    [
      'a link to be checked without a key',
      'path: /a, link: hookward',
      '2:38 routes[0].link: links of this scheme need a key in links.keys',
    ],
    [
      "a platform's link without bot tokens",
      'path: /a, link: bots-business',
      "2:38 routes[0].link: links of this scheme need the bots' tokens in links.botTokens",
    ],
    [
      'a link of any scheme without either',
      'path: /a, link: any',
      '2:38 routes[0].link: links need a key in links.keys, or tokens in links.botTokens',
    ],
    [
      'a star in the middle',
      'path: /a/*/b',
      '2:26 routes[0].path: `*` can only be the whole last segment, as in /hooks/*',
    ],
    [
      'a star behind a word',
      'path: /a*',
      '2:26 routes[0].path: `*` can only be the whole last segment, as in /hooks/*',
    ],
    [
      'a name that stands twice',
      'path: /:a/:a',
      '2:26 routes[0].path: a name behind a colon stands here twice',
    ],
    [
      'a name of nothing',
      'path: "/:/a"',
      '2:26 routes[0].path: expected a name of letters, digits and _ behind each colon, as in /:bot',
    ],
    [
      'a path that every request is refused for',
      'path: /a/../b',
      '2:26 routes[0].path: no request can have this path: // and dot segments are refused, and % needs two hex digits',
    ],
    [
      'a query in a path',
      'path: /a?b',
      '2:26 routes[0].path: expected a path such as /v1/bots/:bot/new-webhook or /hooks/*, without spaces, ?, # or letters beyond ASCII',
    ],
    [
      'an answer that is nearly right',
      'path: /a, answer: { whenQueued: acept }',
      '2:52 routes[0].answer.whenQueued: expected one of accept, unavailable, acknowledge, or a map of keys; did you mean "accept"?',
    ],
    [
      'a fixed answer without a status',
      'path: /a, answer: { whenQueued: {} }',
      '2:40 routes[0].answer.whenQueued.status: is required',
    ],
    [
      'delays that contradict each other',
      'path: /a, retry: { firstDelay: 1h }',
      '2:51 routes[0].retry.firstDelay: must not be longer than maxDelay',
    ],
    [
      'a success that is tried again',
      'path: /a, retry: { statuses: [200] }',
      '2:50 routes[0].retry.statuses[0]: must be at least 300',
    ],
    [
      'an origin with a path',
      'path: /a, cors: { origins: ["https://a.example/"] }',
      '2:48 routes[0].cors.origins[0]: expected an origin such as https://app.example, in lower case and without a path, or *',
    ],
    [
      'cors for nobody',
      'path: /a, cors: { origins: [] }',
      '2:38 routes[0].cors.origins: must have at least 1 entry',
    ],
    [
      'an order by nothing',
      'path: /a, order: { by: user }',
      '2:43 routes[0].order.by: expected header:NAME, query:NAME, form:NAME, param:NAME or json:/POINTER',
    ],
  ];
  for (const [what, rest, expected] of routes) {
    test(`a route with ${what} must not start`, async () => {
      const found = told(await loadText(`${least}routes: [{ name: a, ${rest} }]\n`));
      // The flow map's columns are not the point here: the line, the path and the words are.
      assert.deepEqual(
        found.map((line) => line.replace(/^2:\d+/, '2:')),
        [expected.replace(/^2:\d+/, '2:')],
      );
    });
  }

  const hosts: readonly (readonly [string, string, string])[] = [
    [
      'the public listener',
      'http://localhost:8080/bots',
      'botHosts.main.url: this is the public listener of Hookward itself: webhooks would go in a circle',
    ],
    [
      'the admin listener',
      'http://[::1]:8081',
      'botHosts.main.url: this is the admin listener of Hookward itself',
    ],
    [
      'a password',
      'http://me:hunter2@10.0.0.1',
      'botHosts.main.url: a user name and password cannot stand in this address',
    ],
    ['a query', 'http://10.0.0.1/?a=1', 'botHosts.main.url: this address ends before any ? or #'],
  ];
  for (const [what, url, expected] of hosts) {
    test(`a bot host whose address is or has ${what} is refused`, async () => {
      assert.deepEqual(told(await loadText(`botHosts: { main: { url: "${url}" } }\n`)), [`1:26 ${expected}`]);
    });
  }

  test('a listener on every address is reached by the name of this machine too', async () => {
    const text = 'listen: { host: 0.0.0.0 }\nbotHosts: { main: { url: "http://127.0.0.1:8080" } }\n';
    assert.match(told(await loadText(text)).join(), /webhooks would go in a circle/);
  });

  test('another machine may use the very ports that we use', async () => {
    assert.equal((await loadText('botHosts: { main: { url: "http://10.0.0.1:8080" } }\n')).ok, true);
  });

  test('no bot host at all is refused', async () => {
    assert.deepEqual(told(await loadText('botHosts: {}\n')), ['1:1 botHosts: needs at least one bot host']);
    assert.deepEqual(told(await loadText('routes: []\n')), ['1:1 botHosts: is required']);
  });

  test('several bot hosts, no route, and none that is called main: nothing says who gets the webhooks', async () => {
    const text = 'botHosts: { a: { url: "http://10.0.0.1" }, b: { url: "http://10.0.0.2" } }\n';
    assert.deepEqual(told(await loadText(text)), [
      '1:1 routes: several bot hosts and no route: nothing says which of them gets the webhooks; name one of them main, or write routes',
    ]);
  });

  test('two admin tokens that are the same token are refused', async () => {
    const token = `role: viewer, sha256: ${'a'.repeat(64)}`;
    const text = `${least}admin: { tokens: [{ name: a, ${token} }, { name: b, ${token} }] }\n`;
    assert.match(told(await loadText(text)).join(), /this is the same token as admin\.tokens\[0\]/);
  });

  test('an address that a list has beside a wrong setting is still checked, at its own place', async () => {
    const text = `${least}trustedProxies:\n  - 7\n  - 10.0.0.0/33\n`;
    assert.deepEqual(told(await loadText(text)), [
      '3:5 trustedProxies[0]: expected text, not a whole number',
      '4:5 trustedProxies[1]: expected a prefix of 0 to 32 behind the slash',
    ]);
  });

  test('of more than a hundred problems only the first hundred are told', async () => {
    const keys = Array.from({ length: 150 }, (_, at) => `zzzzzzz${at}: 1`).join('\n');
    const problems = problemsOf(await loadText(`${least}${keys}\n`));
    assert.equal(problems.length, 101);
    assert.equal(problems.at(-1)?.message, 'and more problems behind these 100');
  });

  test('a key of control characters cannot steer the terminal', async () => {
    const text = explainConfig(problemsOf(await loadText(`${least}"\\e[2J\\x9b\\u202e": 1\n`)), 'x');
    assert.match(text, /\["\\u001b\[2J\\u009b\\u202e"\]/);
    assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u202e]/);
  });
});
