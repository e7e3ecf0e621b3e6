import type { Argv } from 'yargs';
import { parseDuration } from '../../config/index.ts';
import { HookwardError } from '../../core/errors.ts';
import { deadReasons, webhookStates } from '../../core/state.ts';
import type { ListFields } from './target.ts';

const instantExample = 'an age such as 2h or 7d, or an instant such as 2026-05-01T12:00:00Z';

/** Milliseconds since the epoch of `2h` (so long ago) or of an ISO 8601 instant. */
export function parseInstant(text: string, now: number): number {
  const ago = parseDuration(text);
  if (ago !== null) return now - ago;
  const at = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new HookwardError('usage-wrong', { message: `"${text}" is no time: give ${instantExample}.` });
  return at;
}

/** The options by which webhooks are chosen, the same for `list` and `replay`. */
export function filterOptions<T>(yargs: Argv<T>) {
  return yargs
    .option('state', { choices: webhookStates, describe: 'Only webhooks in this state' })
    .option('dead', { choices: deadReasons, describe: 'Only dead ones, given up for this reason' })
    .option('route', { string: true, describe: 'Only of this route' })
    .option('since', { string: true, describe: `Received since: ${instantExample}` })
    .option('until', { string: true, describe: 'Received before' })
    .option('bot', { string: true, describe: 'Only for this bot' })
    .option('user', { string: true, describe: 'Only for this user' })
    .option('status', { string: true, describe: "Only where the bot's last answer had this status" })
    .option('id', { string: true, describe: 'Only ids that begin so' })
    .option('event', { string: true, describe: "Only of this event id, the sender's own" })
    .option('text', { string: true, describe: 'Only where the body holds this text; give --since with it' });
}

/** What `filterOptions` yields. */
export interface FilterArguments {
  readonly state?: string | undefined;
  readonly dead?: string | undefined;
  readonly route?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly bot?: string | undefined;
  readonly user?: string | undefined;
  readonly status?: string | undefined;
  readonly id?: string | undefined;
  readonly event?: string | undefined;
  readonly text?: string | undefined;
}

const fieldNames = [
  ...(['state', 'dead', 'route', 'since', 'until', 'bot', 'user', 'status', 'id'] as const),
  ...(['event', 'text'] as const),
];

/** The fields of a list call. */
export function fieldsOf(given: FilterArguments, now: number): ListFields {
  const fields: Record<string, string> = {};
  for (const name of fieldNames) {
    const value = given[name];
    if (value === undefined) continue;
    if (value === '') throw new HookwardError('usage-wrong', { message: `--${name} is empty.` });
    fields[name] = name === 'since' || name === 'until' ? String(parseInstant(value, now)) : value;
  }
  return fields;
}
