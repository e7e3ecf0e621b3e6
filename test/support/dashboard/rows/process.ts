import type { RowSpec } from '../panels.ts';
import { gaugeBy, increaseOfInterval, rateBy, selector } from '../queries.ts';

/** The process itself. */
export const process: RowSpec = {
  title: 'Process',
  panels: [
    {
      kind: 'graph',
      title: 'CPU',
      description: 'Seconds of CPU a second; the event loop has one.',
      unit: 'percentunit',
      queries: [
        {
          expr: rateBy('hookward_process_cpu_user_seconds_total', ['instance']),
          legend: 'user {{instance}}',
        },
        {
          expr: rateBy('hookward_process_cpu_system_seconds_total', ['instance']),
          legend: 'system {{instance}}',
        },
      ],
      bounds: { warning: 0.8, bad: 1 },
      alerts: ['HookwardEventLoopDelayed'],
    },
    {
      kind: 'graph',
      title: 'Event loop delay',
      description: 'How late timers fire: 99 of 100, and the worst since the scrape before.',
      unit: 's',
      queries: [
        {
          expr: `max by (instance, quantile) (${selector('hookward_event_loop_delay_seconds', 'quantile=~"0.99|1"')})`,
          legend: '{{quantile}} {{instance}}',
        },
      ],
      bounds: { bad: 0.2 },
      alerts: ['HookwardEventLoopDelayed'],
    },
    {
      kind: 'graph',
      title: 'Memory',
      description: 'Resident memory, and what JavaScript uses of it.',
      unit: 'bytes',
      queries: [
        {
          expr: gaugeBy('hookward_process_resident_memory_bytes', ['instance']),
          legend: 'resident {{instance}}',
        },
        { expr: gaugeBy('hookward_nodejs_heap_size_used_bytes', ['instance']), legend: 'heap {{instance}}' },
      ],
      alerts: ['HookwardRestarting'],
    },
    {
      kind: 'graph',
      title: 'Open files',
      description: 'Open file descriptors, connections among them, of those allowed.',
      unit: 'percentunit',
      queries: [
        {
          expr: `${selector('hookward_process_open_fds')} / ${selector('hookward_process_max_fds')}`,
          legend: '{{instance}}',
        },
      ],
      bounds: { warning: 0.7, bad: 0.9 },
    },
    {
      kind: 'graph',
      title: 'Reloads by result',
      description: 'Reloads of the configuration: applied as a whole, or refused and nothing changed.',
      unit: 'short',
      queries: [
        { expr: increaseOfInterval('hookward_config_reloads_total', ['result']), legend: '{{result}}' },
      ],
      alerts: ['HookwardConfigRefused'],
    },
    {
      kind: 'stat',
      title: 'Up since',
      description: 'When each process started.',
      unit: 'dateTimeFromNow',
      queries: [
        { expr: `${selector('hookward_process_start_time_seconds')} * 1000`, legend: '{{instance}}' },
      ],
      alerts: ['HookwardRestarting', 'HookwardDown'],
    },
    {
      kind: 'stat',
      title: 'Configuration loaded',
      description: 'When the configuration in force was loaded.',
      unit: 'dateTimeFromNow',
      queries: [
        { expr: `${selector('hookward_config_loaded_timestamp_seconds')} * 1000`, legend: '{{instance}}' },
      ],
      alerts: ['HookwardConfigRefused'],
    },
    {
      kind: 'stat',
      title: 'Instances by version',
      description: 'How many instances run each version.',
      unit: 'short',
      queries: [
        { expr: gaugeBy('hookward_build_info', ['version', 'node']), legend: '{{version}} on Node {{node}}' },
      ],
    },
  ],
};
