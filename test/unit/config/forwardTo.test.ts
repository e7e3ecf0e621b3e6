import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { least, loadText, told, valid } from './support.ts';

describe('forwardTo', () => {
  const bot = '/v1/bots/7/new-webhook?&command=%2Fpaid&public_user_token=0123456789abcdef';
  const host = (url: string) => `botHosts: { main: { url: "${url}" } }\n`;
  const load = (forwardTo: string, url = 'https://api.example') =>
    loadText(`${host(url)}routes: [{ name: a, path: /a, forwardTo: '${forwardTo}' }]\n`);

  const taken: readonly (readonly [string, string, string, string])[] = [
    ['a path with a query, byte for byte', bot, 'https://api.example', bot],
    ['a path alone', '/hook', 'https://api.example', '/hook'],
    ['the root', '/', 'https://api.example', '/'],
    ['a whole address', `https://api.example${bot}`, 'https://api.example', bot],
    [
      'a whole address with the scheme its own port',
      `https://API.example:443${bot}`,
      'https://api.example',
      bot,
    ],
    ['a whole address below a path', `https://api.example/eu${bot}`, 'https://api.example/eu/', bot],
    ['a path below a path', '/hook', 'https://api.example/eu', '/hook'],
  ];
  for (const [what, forwardTo, url, expected] of taken) {
    test(`${what} is taken as path and query`, async () => {
      assert.equal(valid(await load(forwardTo, url)).config.routes[0]?.forwardTo, expected);
    });
  }

  const otherHost =
    "a whole address must begin with the url of the route's bot host; write the path and query alone, or name the right botHost";
  const form =
    'expected a path and query such as /v1/bots/7/new-webhook?command=%2Fpaid; write spaces and letters beyond ASCII as %XX';
  const dots = 'the path has //, a backslash or a dot segment; write the path that is meant';
  const twice = 'a parameter stands in the query twice; leave one out: servers differ in which one they take';
  const wrong: readonly (readonly [string, string, string])[] = [
    ['the address of another host', 'https://evil.example/hunter2', otherHost],
    ['another scheme', 'http://api.example/hunter2', otherHost],
    ['another port', 'https://api.example:8443/hunter2', otherHost],
    ['a host that only begins alike', 'https://api.example.evil/hunter2', otherHost],
    ['a name and password', 'https://me:hunter2@api.example/x', otherHost],
    ['no path behind the host', 'https://api.example?hunter2', otherHost],
    ['a relative path', 'hunter2/x', form],
    ['a letter beyond ASCII', '/hunter2/ж', form],
    ['a space', '/hunter2/a b', form],
    ['a fragment', '/hunter2#x', 'a # and what follows it is never sent; write %23 for a plain #'],
    ['a lone percent sign', '/hunter2?a=%2', '% needs two hex digits behind it; write %25 for a plain %'],
    ['a parent', '/hunter2/../x', dots],
    ['a parent in escapes', '/hunter2/%2E%2e', dots],
    ['an empty segment', '/hunter2//x', dots],
    ['a backslash', '/hunter2\\x', dots],
    ['a parameter twice', '/x?command=hunter2&command=b', twice],
    ['a parameter twice to a lax server', '/x?command=hunter2&%43ommand[]=b', twice],
  ];
  for (const [what, forwardTo, expected] of wrong) {
    test(`${what} is a problem that repeats nothing of it`, async () => {
      const found = told(await load(forwardTo));
      assert.deepEqual(
        found.map((line) => line.replace(/^2:\d+ /, '')),
        [`routes[0].forwardTo: ${expected}`],
      );
      assert.doesNotMatch(found.join(), /hunter2|evil/);
    });
  }

  test('a whole address with the url of another bot host than its route goes to is a problem', async () => {
    const text = `botHosts: { main: { url: "http://10.0.0.1" }, other: { url: "http://10.0.0.2" } }
routes: [{ name: a, path: /a, botHost: other, forwardTo: 'http://10.0.0.1/x' }]
`;
    assert.match(told(await loadText(text)).join(), /must begin with the url of the route's bot host/);
  });

  test('a bot host that there is not is the one problem told', async () => {
    const text = `${least}routes: [{ name: a, path: /a, botHost: mian, forwardTo: 'http://10.0.0.1/x' }]\n`;
    assert.deepEqual(told(await loadText(text)), [
      '2:40 routes[0].botHost: there is no such bot host; did you mean "main"?',
    ]);
  });

  test('a route whose links are checked cannot have one', async () => {
    const text = `${least}links: { keys: [{ id: k, secret: 0123456789abcdef }] }
routes: [{ name: a, path: /a, link: hookward, forwardTo: /x }]
`;
    assert.deepEqual(told(await loadText(text)), [
      '3:58 routes[0].forwardTo: cannot be used where links are checked: they say themselves what is called; leave out link or ' +
        'forwardTo',
    ]);
  });

  test('it can come from a variable or a file', async () => {
    const others = { '/etc/hookward/secrets/bot': `${bot}\n` };
    const env = { BOT: `http://127.0.0.1:3000${bot}` };
    for (const forwardTo of ['file:secrets/bot', '${BOT}']) {
      const text = `${least}routes: [{ name: a, path: /a, forwardTo: '${forwardTo}' }]\n`;
      assert.equal(valid(await loadText(text, { env, others })).config.routes[0]?.forwardTo, bot);
    }
  });
});
