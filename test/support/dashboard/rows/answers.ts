import type { RowSpec } from '../panels.ts';
import { gaugeBy, quantile, quantiles, rateBy } from '../queries.ts';

/** What callers get, and how long they wait for it. */
export const answers: RowSpec = {
  title: 'Answers',
  panels: [
    {
      kind: 'graph',
      title: "Callers' wait",
      description:
        'From the end of a request to the head of its answer: half, 95 and 99 of 100 wait no longer.',
      unit: 's',
      queries: quantiles('hookward_answer_wait_seconds'),
      bounds: { warning: 5, bad: 20 },
      alerts: ['HookwardBotHostSlow'],
    },
    {
      kind: 'graph',
      title: "Callers' wait by route",
      description: '95 of 100 callers of a route wait no longer.',
      unit: 's',
      queries: [{ expr: quantile(0.95, 'hookward_answer_wait_seconds', ['route']), legend: '{{route}}' }],
      bounds: { warning: 5, bad: 20 },
      alerts: ['HookwardBotHostSlow'],
    },
    {
      kind: 'stacked',
      title: 'Answers by kind',
      description:
        "What callers of accepted webhooks got: the bot's own answer, queued, an acknowledgement, unreachable, or none because they hung up.",
      unit: 'reqps',
      queries: [{ expr: rateBy('hookward_answers_total', ['kind']), legend: '{{kind}}' }],
    },
    {
      kind: 'graph',
      title: 'Callers waiting',
      description: 'Callers that are held for an answer now.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_callers_waiting', ['instance']), legend: '{{instance}}' }],
      alerts: ['HookwardBotHostSlow'],
    },
  ],
};
