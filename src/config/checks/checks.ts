// Rules that no single value breaks: names that must exist, names that must not repeat, limits that must fit together.
import { unknownName } from '../load/issues.ts';
import type { PathStep } from '../problems.ts';
import { isLoopback, reachesListener, urlOf } from './addresses.ts';
import type { Draft } from './draft.ts';
import type { Check, CheckFinding } from './finding.ts';
import { wrong } from './finding.ts';
import { checkRange } from './ranges.ts';
import { checkReference, isReference, senderChecks } from './senders.ts';

/** Each key that an earlier one equals, told at the later one's place. */
function repeats(
  keys: readonly (string | null)[],
  steps: (at: number) => readonly PathStep[],
  message: (first: number) => string,
): CheckFinding[] {
  const first = new Map<string, number>();
  return keys.flatMap((key, at) => {
    if (key === null) return [];
    const before = first.get(key);
    if (before !== undefined) return [wrong(steps(at), message(before))];
    first.set(key, at);
    return [];
  });
}

/** The pattern with the names taken out: `/v1/:bot/x` and `/v1/:id/x` take the same paths. */
const patternShape = (path: string) => path.replace(/(^|\/):[^/]+/g, '$1:');

const routeRepeats: Check = ({ routes }) => [
  ...repeats(
    routes.map((route) => route?.name ?? null),
    (at) => ['routes', at, 'name'],
    (first) => `another route has this name: routes[${first}]`,
  ),
  ...repeats(
    routes.map((route) => (route === null ? null : patternShape(route.path))),
    (at) => ['routes', at, 'path'],
    (first) => `another route takes the same paths: routes[${first}]`,
  ),
];

const routePaths: Check = ({ routes }) =>
  routes.flatMap((route, at) => {
    if (route === null) return [];
    const where = ['routes', at, 'path'];
    const segments = route.path.split('/').slice(1);
    const names = segments.filter((segment) => segment.startsWith(':'));
    const findings: CheckFinding[] = [];
    if (
      segments.some(
        (segment, index) => segment.includes('*') && (segment !== '*' || index < segments.length - 1),
      )
    )
      findings.push(wrong(where, '`*` can only be the whole last segment, as in /hooks/*'));
    if (/\/\/|\/\.{1,2}(?:[/;]|$)|%(?![0-9A-Fa-f]{2})/.test(route.path))
      findings.push(
        wrong(
          where,
          'no request can have this path: // and dot segments are refused, and % needs two hex digits',
        ),
      );
    if (names.some((name) => !/^:[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name)))
      findings.push(wrong(where, 'expected a name of letters, digits and _ behind each colon, as in /:bot'));
    if (new Set(names).size < names.length)
      findings.push(wrong(where, 'a name behind a colon stands here twice'));
    return findings;
  });

const knownBotHosts: Check = ({ routes, passThrough, botHosts }) => {
  const known = [...botHosts.keys()];
  const named: { steps: readonly PathStep[]; name: string }[] = routes.flatMap((route, at) =>
    route === null ? [] : [{ steps: ['routes', at, 'botHost'], name: route.botHost }],
  );
  if (passThrough !== null) named.push({ steps: ['passThrough', 'botHost'], name: passThrough.botHost });
  const findings: CheckFinding[] = named
    .filter(({ name }) => !botHosts.has(name))
    .map(({ steps, name }) => unknownName(steps, name, 'bot host', known));
  if (routes.length === 0 && known.length > 1 && !botHosts.has('main'))
    findings.push(
      wrong(['routes'], 'several bot hosts and no route: nothing says which of them gets the webhooks', {
        hint: 'name one of them main, or write routes',
      }),
    );
  return findings;
};

const botHostUrls: Check = ({ botHosts, listen, admin }) =>
  [...botHosts].flatMap(([name, host]) => {
    if (host === null) return [];
    const where = ['botHosts', name, 'url'];
    const findings: CheckFinding[] = addressProblem(host.url, where);
    if (listen !== null && reachesListener(host.url, listen))
      findings.push(
        wrong(where, 'this is the public listener of Hookward itself: webhooks would go in a circle'),
      );
    if (admin !== null && reachesListener(host.url, admin))
      findings.push(wrong(where, 'this is the admin listener of Hookward itself'));
    if (host.connectTimeout > host.attemptTimeout)
      findings.push(wrong(['botHosts', name, 'connectTimeout'], 'must not be longer than attemptTimeout'));
    if (host.circuit.openFor > host.circuit.openMax)
      findings.push(wrong(['botHosts', name, 'circuit', 'openFor'], 'must not be longer than openMax'));
    return findings;
  });

/** Parts of an address that would be dropped in silence. */
function addressProblem(address: string, where: readonly PathStep[]): CheckFinding[] {
  const url = urlOf(address);
  if (url === null) return [];
  if (url.username !== '' || url.password !== '')
    return [wrong(where, 'a user name and password cannot stand in this address')];
  return address.includes('?') || address.includes('#')
    ? [wrong(where, 'this address ends before any ? or #')]
    : [];
}

const publicAddress: Check = ({ publicUrl }) =>
  publicUrl === null ? [] : addressProblem(publicUrl, ['publicUrl']);

/** A route that checks links but has nothing to check them with must not start: it would refuse, or worse. */
const linkSecrets: Check = ({ routes, links }) => {
  if (links === null) return [];
  const keys = links.keys.length > 0;
  const tokens = Object.keys(links.botTokens).length > 0;
  return routes.flatMap((route, at) => {
    const where = ['routes', at, 'link'];
    switch (route?.link) {
      case undefined:
      case 'none':
        return [];
      case 'hookward':
        return keys ? [] : [wrong(where, 'links of this scheme need a key in links.keys')];
      case 'bots-business':
        return tokens ? [] : [wrong(where, "links of this scheme need the bots' tokens in links.botTokens")];
      case 'any':
        return keys || tokens
          ? []
          : [wrong(where, 'links need a key in links.keys, or tokens in links.botTokens')];
    }
  });
};

const keyRepeats: Check = ({ links, admin }) => [
  ...repeats(
    links?.keys.map((key) => key.id) ?? [],
    (at) => ['links', 'keys', at, 'id'],
    (first) => `another key has this id: links.keys[${first}]`,
  ),
  ...repeats(
    admin?.tokens.map((token) => token.name) ?? [],
    (at) => ['admin', 'tokens', at, 'name'],
    (first) => `another token has this name: admin.tokens[${first}]`,
  ),
  ...repeats(
    admin?.tokens.map((token) => token.sha256) ?? [],
    (at) => ['admin', 'tokens', at, 'sha256'],
    (first) => `this is the same token as admin.tokens[${first}]`,
  ),
];

const adminTokens: Check = ({ admin }) =>
  admin === null || admin.tokens.length > 0 || isLoopback(admin.host)
    ? []
    : [
        wrong(['admin', 'host'], 'off loopback the admin listener needs at least one token', {
          code: 'admin-needs-tokens',
          hint: 'make one with `hookward keys token` and put it under admin.tokens',
        }),
      ];

const listeners: Check = ({ listen, admin }) =>
  listen !== null &&
  admin !== null &&
  listen.port !== 0 &&
  listen.port === admin.port &&
  listen.host === admin.host
    ? [wrong(['admin', 'port'], 'the public listener has this port already')]
    : [];

/** Without proxies that may speak it, a listener would refuse everybody; below TLS the header is not looked for. */
const proxyProtocol: Check = ({ listen, addresses }) => {
  if (listen?.proxyProtocol !== 'v1v2') return [];
  const where = ['listen', 'proxyProtocol'];
  if (!addresses.some(({ steps }) => steps[0] === 'trustedProxies'))
    return [wrong(where, 'needs the addresses of the proxies in trustedProxies')];
  return listen.tls === null ? [] : [wrong(where, 'cannot be used with listen.tls: let the proxy end TLS')];
};

const ranges: Check = ({ addresses }) =>
  addresses.flatMap(({ text, steps }) => {
    if (isReference(text)) return checkReference(text, steps);
    const message = checkRange(text);
    return message === null ? [] : [wrong(steps, message)];
  });

const limitsFit: Check = ({ limits, access, routes }) => {
  const findings: CheckFinding[] = [];
  if (limits !== null) {
    if (limits.headersTimeout > limits.requestTimeout)
      findings.push(wrong(['limits', 'headersTimeout'], 'must not be longer than requestTimeout'));
    if (limits.bodyBytesMax > limits.inFlightBytesMax)
      findings.push(wrong(['limits', 'bodyBytesMax'], 'must not be more than inFlightBytesMax'));
    routes.forEach((route, at) => {
      if ((route?.bodyBytesMax ?? 0) > limits.inFlightBytesMax)
        findings.push(wrong(['routes', at, 'bodyBytesMax'], 'must not be more than limits.inFlightBytesMax'));
    });
  }
  if (access !== null && access.bans.for > access.bans.max)
    findings.push(wrong(['access', 'bans', 'for'], 'must not be longer than max'));
  routes.forEach((route, at) => {
    if (route !== null && route.retry.firstDelay > route.retry.maxDelay)
      findings.push(wrong(['routes', at, 'retry', 'firstDelay'], 'must not be longer than maxDelay'));
  });
  return findings;
};

const checks: readonly Check[] = [
  routeRepeats,
  routePaths,
  knownBotHosts,
  botHostUrls,
  publicAddress,
  linkSecrets,
  keyRepeats,
  adminTokens,
  listeners,
  proxyProtocol,
  ranges,
  limitsFit,
  ...senderChecks,
];

/** All that is wrong between the parts of a configuration. */
export function crossChecks(draft: Draft): CheckFinding[] {
  return checks.flatMap((check) => check(draft));
}
