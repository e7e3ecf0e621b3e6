import type { RowSpec } from '../panels.ts';
import { quantile, rateBy, selector } from '../queries.ts';

/** What bot hosts make of it. */
export const delivery: RowSpec = {
  title: 'Delivery',
  panels: [
    {
      kind: 'stacked',
      title: 'Attempts by outcome',
      description: 'Attempts ended, a second: by status class, or why no answer came.',
      unit: 'reqps',
      queries: [{ expr: `${rateBy('hookward_attempts_total', ['outcome'])} > 0`, legend: '{{outcome}}' }],
      alerts: ['HookwardCircuitOpen'],
    },
    {
      kind: 'graph',
      title: 'Attempt time by bot host',
      description: '95 of 100 attempts take no longer, from their start to the end of the answer.',
      unit: 's',
      queries: [{ expr: quantile(0.95, 'hookward_attempt_seconds', ['bot_host']), legend: '{{bot_host}}' }],
      bounds: { bad: 5 },
      alerts: ['HookwardBotHostSlow'],
    },
    {
      kind: 'timeline',
      title: 'Circuit',
      description:
        'Per bot host: closed (works), trying (a probe, or ramping up), open (webhooks queue on disk).',
      unit: 'none',
      queries: [
        { expr: `max by (bot_host) (${selector('hookward_circuit_state')})`, legend: '{{bot_host}}' },
      ],
      states: { 0: ['closed', 'green'], 1: ['trying', 'orange'], 2: ['open', 'red'] },
      alerts: ['HookwardCircuitOpen'],
    },
    {
      kind: 'stacked',
      title: 'Delivered by route',
      description: 'Webhooks that became delivered, a second.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_delivered_total', ['route']), legend: '{{route}}' }],
      alerts: ['HookwardDeliveryStuck'],
    },
    {
      kind: 'graph',
      title: 'Retries by route',
      description: 'Attempts after the first, a second.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_retries_total', ['route']), legend: '{{route}}' }],
    },
    {
      kind: 'stacked',
      title: 'Dead by reason',
      description:
        'Given up: tries used up (exhausted), a status that is not retried (refused), too old (expired).',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_dead_total', ['reason']), legend: '{{reason}}' }],
      alerts: ['HookwardDeadGrowing'],
    },
    {
      kind: 'graph',
      title: 'Dead by route',
      description: 'Webhooks given up, a second.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_dead_total', ['route']), legend: '{{route}}' }],
      alerts: ['HookwardDeadGrowing'],
    },
    {
      kind: 'graph',
      title: 'Put off without an attempt',
      description:
        'By why: the circuit is open, the lane is full, an earlier one of the same key, a shutdown, no bot host.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_deferred_total', ['reason']), legend: '{{reason}}' }],
    },
    {
      kind: 'graph',
      title: 'Replayed and cancelled',
      description: 'By people (api) and by senders that sent again; and called off.',
      unit: 'reqps',
      queries: [
        { expr: rateBy('hookward_replays_total', ['trigger']), legend: 'replayed: {{trigger}}' },
        { expr: rateBy('hookward_cancelled_total'), legend: 'cancelled' },
      ],
    },
  ],
};
