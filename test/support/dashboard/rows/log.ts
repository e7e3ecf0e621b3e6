import type { RowSpec } from '../panels.ts';
import { gaugeBy, increaseOfInterval, quantile, quantiles, rateBy, selector } from '../queries.ts';

const full = selector('hookward_log_mode', 'mode="full"');
const failing = selector('hookward_log_mode', 'mode="failing"');
/** 0: ok, 1: full, 2: failing. */
const worstMode = `max by (instance) (${full} or ${failing} * 2)`;

/** The disk that every promise stands on. */
export const log: RowSpec = {
  title: 'Log',
  panels: [
    {
      kind: 'graph',
      title: 'Commit time',
      description: 'One synced write. Every caller waits for one.',
      unit: 's',
      queries: quantiles('hookward_log_commit_seconds'),
      bounds: { bad: 0.5 },
      alerts: ['HookwardLogSlow'],
    },
    {
      kind: 'graph',
      title: 'Webhooks in a commit',
      description: 'How many webhooks share one synced write: more under load.',
      unit: 'short',
      queries: [
        {
          expr: `${rateBy('hookward_log_commit_webhooks_sum')} / ${rateBy('hookward_log_commit_webhooks_count')}`,
          legend: 'mean',
        },
        { expr: quantile(0.95, 'hookward_log_commit_webhooks'), legend: '95 %' },
      ],
    },
    {
      kind: 'timeline',
      title: 'Mode',
      description: 'ok: webhooks are taken. full, failing: all are refused with 503.',
      unit: 'none',
      queries: [{ expr: worstMode, legend: '{{instance}}' }],
      states: { 0: ['ok', 'green'], 1: ['full', 'red'], 2: ['failing', 'red'] },
      alerts: ['HookwardLogFull', 'HookwardLogFailing'],
    },
    {
      kind: 'graph',
      title: 'Log size',
      description: "Bytes of the log's files, and of its records before compression.",
      unit: 'bytes',
      queries: [
        { expr: gaugeBy('hookward_log_disk_bytes', ['instance']), legend: 'files {{instance}}' },
        { expr: gaugeBy('hookward_log_record_bytes', ['instance']), legend: 'records {{instance}}' },
      ],
      alerts: ['HookwardDiskFillsUp'],
    },
    {
      kind: 'graph',
      title: 'Free disk',
      description: "Free bytes on the log's disk. Below log.freeBytesMin webhooks are refused.",
      unit: 'bytes',
      queries: [
        { expr: `min by (instance) (${selector('hookward_disk_free_bytes')})`, legend: '{{instance}}' },
      ],
      bounds: { warning: 4294967296, bad: 1073741824, low: true },
      alerts: ['HookwardDiskLow', 'HookwardDiskFillsUp', 'HookwardLogFull'],
    },
    {
      kind: 'graph',
      title: 'Failed writes and reopenings',
      description: 'After a failed write the log is opened again before anything else is acknowledged.',
      unit: 'short',
      queries: [
        { expr: increaseOfInterval('hookward_log_write_failures_total'), legend: 'failed writes' },
        { expr: increaseOfInterval('hookward_log_reopens_total'), legend: 'reopenings' },
      ],
      alerts: ['HookwardLogWriteFailed', 'HookwardLogFailing'],
    },
    {
      kind: 'stat',
      title: 'Unreadable records',
      description: 'Records whose checksum did not match since the start. Must be 0.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_log_unreadable_records'), legend: '' }],
      bounds: { bad: 1 },
      alerts: ['HookwardRecordsUnreadable'],
    },
    {
      kind: 'stat',
      title: 'Missing records',
      description: 'Numbers missing from the sequence of records. Must be 0.',
      unit: 'short',
      queries: [{ expr: gaugeBy('hookward_log_sequence_gaps'), legend: '' }],
      bounds: { bad: 1 },
      alerts: ['HookwardSequenceGap'],
    },
  ],
};
