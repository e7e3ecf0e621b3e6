// Rules about a route's sender: what is of no use without one, copies that cannot be known, pinned targets.
import { senderNames } from '../../core/senders.ts';
import { unknownName } from '../load/issues.ts';
import type { PathStep } from '../problems.ts';
import type { RouteConfig } from '../schema/config.ts';
import type { Check, CheckFinding } from './finding.ts';
import { wrong } from './finding.ts';
import { readForwardTo } from './forwardTo.ts';

const referencePrefix = 'sender:';

/** Whether an entry of a list of addresses names a sender, known or not. */
export const isReference = (entry: string) => entry.startsWith(referencePrefix);

/** Whether `sender:NAME` may stand at `steps`, and the sender is one that is known. Repeats no name. */
export function checkReference(entry: string, steps: readonly PathStep[]): CheckFinding[] {
  if (steps[0] === 'trustedProxies')
    return [wrong(steps, 'a sender is no proxy: expected an address or a CIDR block')];
  const name = entry.slice(referencePrefix.length);
  return (senderNames as readonly string[]).includes(name)
    ? []
    : [unknownName(steps, name, 'sender', senderNames)];
}

/** What nobody looks at on a route that names no sender. */
function idleKeys({ secrets, verify, senderSettings }: RouteConfig): string[] {
  return [
    ...(secrets.length > 0 ? ['secrets'] : []),
    ...(verify === 'report' ? ['verify'] : []),
    ...(Object.keys(senderSettings).length > 0 ? ['senderSettings'] : []),
  ];
}

const namedSenders: Check = ({ routes, gives }) =>
  routes.flatMap((route, at) => {
    if (route === null || gives(['routes', at, 'sender'])) return [];
    const findings = idleKeys(route).map((key) =>
      wrong(['routes', at, key], 'is of no use: the route names no sender', { hint: 'add sender: NAME' }),
    );
    const { dedupe } = route;
    const keyAt = ['routes', at, 'dedupe', 'key'];
    if (dedupe !== null && dedupe !== 'off' && !gives(keyAt))
      findings.push(
        wrong(keyAt, "nothing says where the event's id stands", {
          hint: 'name the place, such as header:X-Event-Id, or a sender',
        }),
      );
    return findings;
  });

/** A copy can only be told while the log still has what it is a copy of. */
const copiesCanBeKnown: Check = ({ routes, log }) =>
  routes.flatMap((route, at) => {
    const dedupe = route?.dedupe ?? null;
    const window = dedupe === null || dedupe === 'off' ? null : dedupe.window;
    if (log === null || window === null || window <= log.keep.delivered) return [];
    return [
      wrong(['routes', at, 'dedupe', 'window'], 'must not be longer than log.keep.delivered', {
        hint: 'what is no longer kept has no copies: keep delivered webhooks for longer',
      }),
    ];
  });

const pinnedTargets: Check = ({ routes, botHosts }) =>
  routes.flatMap((route, at) => {
    const forwardTo = route?.forwardTo ?? null;
    if (route === null || forwardTo === null) return [];
    const where = ['routes', at, 'forwardTo'];
    const read = readForwardTo(forwardTo, botHosts.get(route.botHost)?.url ?? null);
    const findings = read.ok ? [] : [wrong(where, read.message, { hint: read.hint })];
    if (route.link !== 'none')
      findings.push(
        wrong(where, 'cannot be used where links are checked: they say themselves what is called', {
          hint: 'leave out link or forwardTo',
        }),
      );
    return findings;
  });

const acknowledgedAnyway: Check = ({ routes }) =>
  routes.flatMap((route, at) =>
    route?.answer.mode === 'ack' && route.answer.success === 'acknowledge'
      ? [
          wrong(['routes', at, 'answer', 'success'], 'has no effect in mode ack', {
            hint: 'there every caller gets the acknowledgement',
          }),
        ]
      : [],
  );

export const senderChecks: readonly Check[] = [
  namedSenders,
  copiesCanBeKnown,
  pinnedTargets,
  acknowledgedAnyway,
];
