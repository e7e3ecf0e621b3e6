/** How one metric is declared: the only place where its name, help, labels and buckets stand. */
export interface MetricDeclaration {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels?: readonly string[];
  readonly buckets?: readonly number[];
}

/** From one fsync of a fast disk to the longest attempt, in seconds. */
const secondsBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * Every metric. Names begin with `hookward_` and end in their unit; labels have few values (route, bot host, reason,
 * status class), never a user, a command or an address.
 */
export const catalogue = {
  hookward_build_info: {
    type: 'gauge',
    help: 'Always 1; tells version and runtime.',
    labels: ['version', 'node'],
  },
  hookward_received_total: { type: 'counter', help: 'Webhooks written to the log.', labels: ['route'] },
  hookward_received_bytes_total: { type: 'counter', help: 'Bytes of their bodies.', labels: ['route'] },
  hookward_refused_total: { type: 'counter', help: 'Calls refused, by problem code.', labels: ['reason'] },
  hookward_whitelist_reported_total: {
    type: 'counter',
    help: 'Calls that a whitelist in mode report would have refused.',
    labels: ['route'],
  },
  hookward_unverified_total: {
    type: 'counter',
    help: "Calls whose sender's signature (or address) was not right, refused or, in mode report, let in.",
    labels: ['route', 'reason'],
  },
  hookward_handshakes_total: {
    type: 'counter',
    help: "Senders' challenges and pings that were answered without a webhook.",
    labels: ['route'],
  },
  hookward_duplicates_total: {
    type: 'counter',
    help: 'Copies of known events: joined a pending one, were answered from a delivered one, or restarted a dead one.',
    labels: ['route', 'outcome'],
  },
  hookward_attempts_total: {
    type: 'counter',
    help: 'Attempts ended, by outcome: a status class or why no answer came.',
    labels: ['bot_host', 'outcome'],
  },
  hookward_retries_total: {
    type: 'counter',
    help: 'Attempts after the first of a budget.',
    labels: ['route'],
  },
  hookward_deferred_total: {
    type: 'counter',
    help: 'Webhooks put off without an attempt.',
    labels: ['reason'],
  },
  hookward_delivered_total: { type: 'counter', help: 'Webhooks that became delivered.', labels: ['route'] },
  hookward_dead_total: { type: 'counter', help: 'Webhooks given up.', labels: ['route', 'reason'] },
  hookward_replays_total: { type: 'counter', help: 'Webhooks replayed, by who asked.', labels: ['trigger'] },
  hookward_cancelled_total: { type: 'counter', help: 'Webhooks cancelled by a person.' },
  hookward_passed_through_total: { type: 'counter', help: 'Requests passed through without being logged.' },
  hookward_answer_wait_seconds: {
    type: 'histogram',
    help: "A caller's wait from the end of its request to the head of its answer.",
    labels: ['route'],
    buckets: secondsBuckets,
  },
  hookward_answers_total: {
    type: 'counter',
    help: "Callers of accepted webhooks, by what they got: the bot's answer, queued, an acknowledgement, none.",
    labels: ['route', 'kind'],
  },
  hookward_attempt_seconds: {
    type: 'histogram',
    help: 'An attempt from its start to the end of its answer.',
    labels: ['bot_host'],
    buckets: secondsBuckets,
  },
  hookward_log_commit_seconds: {
    type: 'histogram',
    help: 'One synced write of the log.',
    buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
  },
  hookward_log_commit_webhooks: {
    type: 'histogram',
    help: 'Webhooks appended by one synced write.',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
  },
  hookward_log_write_failures_total: { type: 'counter', help: 'Writes of the log that failed.' },
  hookward_log_reopens_total: {
    type: 'counter',
    help: 'Times that the log was opened again after a failure.',
  },
  hookward_log_mode: { type: 'gauge', help: '1 for the mode that the log is in.', labels: ['mode'] },
  hookward_log_unreadable_records: {
    type: 'gauge',
    help: 'Records whose checksum did not match, since start.',
  },
  hookward_log_sequence_gaps: {
    type: 'gauge',
    help: 'Records missing from the sequence, found at an open.',
  },
  hookward_log_record_bytes: { type: 'gauge', help: 'Bytes of all records before compression.' },
  hookward_log_disk_bytes: { type: 'gauge', help: "Bytes of the log's files." },
  hookward_disk_free_bytes: { type: 'gauge', help: "Free bytes on the log's disk." },
  hookward_webhooks: { type: 'gauge', help: 'Webhooks in the log, by state.', labels: ['state'] },
  hookward_pending: { type: 'gauge', help: 'Pending webhooks.', labels: ['route'] },
  hookward_unknown_routes: {
    type: 'gauge',
    help: 'Routes with pending webhooks that the configuration lacks.',
  },
  hookward_oldest_past_due_seconds: {
    type: 'gauge',
    help: 'How long the webhook that is due longest has been due; 0 where none is.',
  },
  hookward_in_flight: { type: 'gauge', help: 'Webhooks under delivery.' },
  hookward_callers_waiting: { type: 'gauge', help: 'Callers held for an answer.' },
  hookward_bot_host_active: { type: 'gauge', help: 'Attempts under way.', labels: ['bot_host'] },
  hookward_bot_host_waiting: {
    type: 'gauge',
    help: 'Deliveries waiting in memory.',
    labels: ['bot_host', 'lane'],
  },
  hookward_circuit_state: {
    type: 'gauge',
    help: '0 closed, 1 half-open or ramping up, 2 open.',
    labels: ['bot_host'],
  },
  hookward_connections: { type: 'gauge', help: 'Open connections of the public listener.' },
  hookward_bans: { type: 'gauge', help: 'Addresses banned now.' },
  hookward_listed_limited_total: {
    type: 'counter',
    help: 'Calls refused by a limit although a whitelist lists their address.',
  },
  hookward_addresses_forgotten_total: {
    type: 'counter',
    help: 'Addresses that limits forgot for want of room.',
  },
  hookward_access_unsaved: { type: 'gauge', help: 'Bans and list entries that are not on disk yet.' },
  hookward_whitelist_entries: { type: 'gauge', help: 'Addresses that people added to the whitelist.' },
  hookward_addresses_tracked: { type: 'gauge', help: 'Addresses remembered for limits and bans.' },
  hookward_logins_total: {
    type: 'counter',
    help: 'Logins at the console: opened, with a wrong token, or not looked at for too many wrong ones.',
    labels: ['result'],
  },
  hookward_config_reloads_total: { type: 'counter', help: 'Reloads asked for.', labels: ['result'] },
  hookward_config_loaded_timestamp_seconds: {
    type: 'gauge',
    help: 'When the configuration in force was loaded.',
  },
  hookward_event_loop_delay_seconds: {
    type: 'gauge',
    help: 'How late timers fired since the scrape before: the median, 99 of 100, the worst.',
    labels: ['quantile'],
  },
} as const satisfies Record<`hookward_${string}`, MetricDeclaration>;

export type MetricName = keyof typeof catalogue;

/** The names of all metrics of one type. */
export type MetricOfType<T extends MetricDeclaration['type']> = {
  [N in MetricName]: (typeof catalogue)[N]['type'] extends T ? N : never;
}[MetricName];
