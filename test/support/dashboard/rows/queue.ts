import type { RowSpec } from '../panels.ts';
import { gaugeBy, selector } from '../queries.ts';

/** What is still owed. */
export const queue: RowSpec = {
  title: 'Queue',
  panels: [
    {
      kind: 'graph',
      title: 'Oldest past due',
      description: 'How long the webhook that is due longest has been due. A replay of many raises it, too.',
      unit: 's',
      queries: [
        {
          expr: `max by (instance) (${selector('hookward_oldest_past_due_seconds')})`,
          legend: '{{instance}}',
        },
      ],
      bounds: { warning: 120, bad: 300 },
      alerts: ['HookwardPastDue', 'HookwardDeliveryStuck'],
    },
    {
      kind: 'stacked',
      title: 'Pending by route',
      description: 'Webhooks not delivered, not dead, not cancelled.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_pending', ['route']), legend: '{{route}}' }],
      alerts: ['HookwardPastDue'],
    },
    {
      kind: 'stacked',
      title: 'Waiting in memory by lane',
      description: 'Deliveries that wait for their turn: live first, then retries, then replays.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_bot_host_waiting', ['lane']), legend: '{{lane}}' }],
    },
    {
      kind: 'graph',
      title: 'Under delivery',
      description: 'Webhooks with an attempt in hand, and attempts per bot host.',
      unit: 'short',
      queries: [
        { expr: gaugeBy('hookward_in_flight', ['instance']), legend: '{{instance}}' },
        { expr: gaugeBy('hookward_bot_host_active', ['bot_host']), legend: 'at {{bot_host}}' },
      ],
    },
    {
      kind: 'stacked',
      title: 'In the log by state',
      description: 'All webhooks that the log keeps.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_webhooks', ['state']), legend: '{{state}}' }],
    },
    {
      kind: 'graph',
      title: 'Unknown routes',
      description: 'Routes with pending webhooks that the configuration lacks: these are not delivered.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_unknown_routes', ['instance']), legend: '{{instance}}' }],
      bounds: { bad: 1 },
      alerts: ['HookwardUnknownRoutes'],
    },
  ],
};
