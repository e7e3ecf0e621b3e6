import type { RowSpec } from '../panels.ts';
import { gaugeBy, increaseOfInterval, rateBy } from '../queries.ts';

/** What the gate refuses for. */
const gateReasons = 'reason=~"address-unknown|banned|not-whitelisted|rate-limited|route-rate-limited"';

/** Whom the gate lets in. */
export const access: RowSpec = {
  title: 'Access',
  panels: [
    {
      kind: 'stacked',
      title: 'Refused at the gate',
      description:
        'By why: banned, not on a whitelist, over a limit, an address that could not be determined.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_refused_total', ['reason'], gateReasons), legend: '{{reason}}' }],
      alerts: ['HookwardListedCallersLimited'],
    },
    {
      kind: 'graph',
      title: 'Bans',
      description: 'Addresses that are banned now.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_bans', ['instance']), legend: '{{instance}}' }],
      alerts: ['HookwardBansUnsaved'],
    },
    {
      kind: 'graph',
      title: 'Logins at the console',
      description: 'Opened; with a wrong token; not looked at, after too many wrong ones from one address.',
      unit: 'short',
      queries: [{ expr: increaseOfInterval('hookward_logins_total', ['result']), legend: '{{result}}' }],
    },
    {
      kind: 'graph',
      title: 'Whitelist reports',
      description:
        'Calls that a whitelist in mode report would have refused: look here before it is enforced.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_whitelist_reported_total', ['route']), legend: '{{route}}' }],
    },
    {
      kind: 'graph',
      title: 'Whitelisted and limited',
      description: 'Calls refused by a limit although a whitelist lists their address. Must be 0.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_listed_limited_total', ['instance']), legend: '{{instance}}' }],
      alerts: ['HookwardListedCallersLimited'],
    },
    {
      kind: 'graph',
      title: 'Addresses',
      description:
        'Remembered for limits; forgotten for want of room, a second; added to the whitelist by people.',
      unit: 'short',
      queries: [
        { expr: gaugeBy('hookward_addresses_tracked'), legend: 'remembered' },
        { expr: rateBy('hookward_addresses_forgotten_total'), legend: 'forgotten a second' },
        { expr: gaugeBy('hookward_whitelist_entries'), legend: 'whitelisted by people' },
      ],
    },
    {
      kind: 'graph',
      title: 'Unsaved bans',
      description: 'Changes of the access lists that are not on disk yet.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_access_unsaved', ['instance']), legend: '{{instance}}' }],
      bounds: { bad: 1 },
      alerts: ['HookwardBansUnsaved'],
    },
  ],
};
