// The filter of the webhooks page as it stands in the URL, and as the API's list query takes it.
import { isWebhookId } from '../../core/ids.ts';
import { utcText } from './words.ts';

/** The fields of the filter, in the order of the form: names as in `GET /api/webhooks`. */
export const filterFields = [
  'state',
  'dead',
  'route',
  'since',
  'until',
  'bot',
  'user',
  'status',
  'id',
  'event',
  'text',
] as const;

/** A filter as text fields; those that are not asked for are not there. */
export type FilterFields = Readonly<Partial<Record<(typeof filterFields)[number], string>>>;

/** A time as browsers' fields give it, e.g. `2026-11-24T10:31`: UTC, as the form says (its script turns local into UTC). */
function instantOf(text: string): string {
  const known = /^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d)(:\d\d(?:\.\d+)?)?$/.exec(text);
  return known === null ? text : `${(known[1] ?? '').replace(' ', 'T')}${known[2] ?? ':00'}Z`;
}

/** Takes the filter out of a query or a form: blanks gone, ids in lower case, times whole. */
export function filterOf(given: Readonly<Record<string, string | undefined>>): FilterFields {
  const fields: Record<string, string> = {};
  for (const name of filterFields) {
    const text = (given[name] ?? '').trim();
    if (text === '') continue;
    fields[name] =
      name === 'id' ? text.toLowerCase() : name === 'since' || name === 'until' ? instantOf(text) : text;
  }
  return fields;
}

const words: Readonly<Record<(typeof filterFields)[number], string>> = {
  state: 'state',
  dead: 'dead because',
  route: 'route',
  since: 'from',
  until: 'until',
  bot: 'bot',
  user: 'user',
  status: 'answered with',
  id: 'id begins',
  event: 'event id',
  text: 'body holds',
};

/** One thing that a filter asks for, in words. `isTime`: the value is an instant in ISO 8601. */
export interface FilterPart {
  readonly label: string;
  readonly value: string;
  readonly isTime: boolean;
}

/** What a filter asks for, in the order of the form. */
export function filterParts(filter: Readonly<Record<string, string>>): readonly FilterPart[] {
  return filterFields.flatMap((name) => {
    const value = filter[name];
    if (value === undefined) return [];
    const isTime = (name === 'since' || name === 'until') && !Number.isNaN(Date.parse(value));
    return [{ label: words[name], value, isTime }];
  });
}

/** The filter in words, e.g. `state dead, route pay`; empty where it holds nothing. */
export function filterText(filter: Readonly<Record<string, string>>): string {
  return filterParts(filter)
    .map(({ label, value, isTime }) => `${label} ${isTime ? utcText(new Date(value).toISOString()) : value}`)
    .join(', ');
}

/** Whether the filter looks into what viewers may not see: finding it piece by piece would be reading it. */
export function looksInside(filter: FilterFields): boolean {
  return filter.event !== undefined || filter.text !== undefined;
}

/** Whether the filter asks for one webhook by its whole id. */
export function soleId(filter: FilterFields): string | null {
  return filter.id !== undefined && isWebhookId(filter.id) ? filter.id : null;
}
