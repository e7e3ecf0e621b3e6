import type { RowSpec } from '../panels.ts';
import { gaugeBy, increaseOfRange, rateBy, selector } from '../queries.ts';

/** What tells in five seconds whether anything is being lost. */
export const glance: RowSpec = {
  title: 'At a glance',
  panels: [
    {
      kind: 'stat',
      title: 'Takes webhooks',
      description: 'Yes: every instance writes its log. No: at least one answers 503 to all webhooks.',
      unit: 'none',
      queries: [{ expr: `min(${selector('hookward_log_mode', 'mode="ok"')})`, legend: '' }],
      states: { 0: ['no', 'red'], 1: ['yes', 'green'] },
      alerts: ['HookwardLogFull', 'HookwardLogFailing', 'HookwardDown'],
    },
    {
      kind: 'stat',
      title: 'Received',
      description: 'Webhooks written to the log, a second.',
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_received_total'), legend: '' }],
      alerts: ['HookwardNoWebhooks'],
    },
    {
      kind: 'stat',
      title: 'Pending',
      description: 'Webhooks that are still owed to a bot host. Some are normal; growth is not.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_pending'), legend: '' }],
      alerts: ['HookwardPastDue'],
    },
    {
      kind: 'stat',
      title: 'Longest past due',
      description: 'How long the webhook has waited that is due longest. 0: nothing is late.',
      unit: 's',
      queries: [{ expr: `max(${selector('hookward_oldest_past_due_seconds')})`, legend: '' }],
      bounds: { warning: 120, bad: 300 },
      alerts: ['HookwardPastDue', 'HookwardDeliveryStuck'],
    },
    {
      kind: 'stat',
      title: 'Dead in this time',
      description: 'Webhooks given up within the time that is shown. Each waits for a person.',
      unit: 'short',
      queries: [{ expr: increaseOfRange('hookward_dead_total'), legend: '' }],
      bounds: { warning: 1, bad: 5 },
      alerts: ['HookwardDeadGrowing'],
    },
    {
      kind: 'stat',
      title: 'Circuits not closed',
      description: 'Bot hosts that fail: their webhooks queue on disk.',
      unit: 'short',
      queries: [{ expr: `sum(${selector('hookward_circuit_state')} > bool 0)`, legend: '' }],
      bounds: { bad: 1 },
      alerts: ['HookwardCircuitOpen'],
    },
  ],
};
