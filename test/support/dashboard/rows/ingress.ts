import type { RowSpec } from '../panels.ts';
import { gaugeBy, rateBy } from '../queries.ts';

/** What comes in, and what is turned away. */
export const ingress: RowSpec = {
  title: 'Ingress',
  panels: [
    {
      kind: 'stacked',
      title: 'Received by route',
      description: 'Webhooks written to the log, a second.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_received_total', ['route']), legend: '{{route}}' }],
      alerts: ['HookwardNoWebhooks'],
    },
    {
      kind: 'graph',
      title: 'Bytes received by route',
      description: 'Bytes of their bodies, a second.',
      unit: 'Bps',
      queries: [{ expr: rateBy('hookward_received_bytes_total', ['route']), legend: '{{route}}' }],
    },
    {
      kind: 'stacked',
      title: 'Refused by reason',
      description:
        'Calls that were turned away, by problem code (config/problems.md). Some no-route and method-not-allowed are the internet.',
      unit: 'reqps',
      queries: [{ expr: `${rateBy('hookward_refused_total', ['reason'])} > 0`, legend: '{{reason}}' }],
      alerts: ['HookwardOverloaded', 'HookwardInternalErrors'],
    },
    {
      kind: 'graph',
      title: 'Connections',
      description: 'Open connections of the public listener.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_connections', ['instance']), legend: '{{instance}}' }],
      alerts: ['HookwardOverloaded'],
    },
    {
      kind: 'graph',
      title: 'Passed through',
      description: 'Requests passed on without being logged, a second.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_passed_through_total', ['instance']), legend: '{{instance}}' }],
    },
  ],
};
