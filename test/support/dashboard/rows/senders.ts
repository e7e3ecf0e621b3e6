import type { RowSpec } from '../panels.ts';
import { rateBy } from '../queries.ts';

/** Who really sent it, and what came twice. */
export const senders: RowSpec = {
  title: 'Senders',
  panels: [
    {
      kind: 'stacked',
      title: 'Unverified by reason',
      description:
        "Calls whose sender's signature or address was not right; refused or, in mode report, let in.",
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_unverified_total', ['reason']), legend: '{{reason}}' }],
      alerts: ['HookwardSignaturesRefused'],
    },
    {
      kind: 'graph',
      title: 'Unverified by route',
      description: 'The same by route. A sudden rise on one route is a changed secret.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_unverified_total', ['route']), legend: '{{route}}' }],
      alerts: ['HookwardSignaturesRefused'],
    },
    {
      kind: 'stacked',
      title: 'Duplicates by outcome',
      description:
        'Copies of known events: joined a pending one, were answered from a delivered one, restarted a dead one, or found it cancelled.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_duplicates_total', ['outcome']), legend: '{{outcome}}' }],
    },
    {
      kind: 'graph',
      title: 'Handshakes by route',
      description: 'Challenges and pings that were answered without a webhook.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_handshakes_total', ['route']), legend: '{{route}}' }],
    },
  ],
};
