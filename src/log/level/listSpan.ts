import type { WebhookId } from '../../core/ids.ts';
import { isWebhookId } from '../../core/ids.ts';
import { readId } from '../codec/ids.ts';
import type { WebhookFilter } from '../contract.ts';
import type { HeadMarks } from './head.ts';
import type { IdSpan } from './keys.ts';

/** The ids that can match a filter, by their times and their beginning; null: none can. */
export function spanOf(
  filter: WebhookFilter,
  { idLagMaxMs, idLeadMaxMs }: Pick<HeadMarks, 'idLagMaxMs' | 'idLeadMaxMs'>,
): IdSpan | null {
  const { since, until, idPrefix = '' } = filter;
  if (!canBegin(idPrefix)) return null;
  const bySince = since === undefined ? '' : timePrefix(since - idLagMaxMs);
  const from = padded(bySince > idPrefix ? bySince : idPrefix, '0');
  const bounds: WebhookId[] = [];
  if (until !== undefined) bounds.push(padded(timePrefix(until + idLeadMaxMs + 1), '0'));
  const above = idAfter(padded(idPrefix, 'f'));
  if (above !== null) bounds.push(above);
  return { from, before: bounds.sort()[0] ?? null };
}

/** Whether an id lies in a span. */
export function isWithin({ from, before }: IdSpan, id: WebhookId): boolean {
  return (from === null || id >= from) && (before === null || id < before);
}

/** The beginning of an id made whole. */
function padded(beginning: string, digit: '0' | 'f'): WebhookId {
  const shape = '00000000-0000-0000-0000-000000000000'.replaceAll('0', digit);
  return (beginning + shape.slice(beginning.length)) as WebhookId;
}

/** The id after `id`; null after the last. */
function idAfter(id: WebhookId): WebhookId | null {
  const hex = (BigInt(`0x${id.replaceAll('-', '')}`) + 1n).toString(16).padStart(32, '0');
  if (hex.length > 32) return null;
  return readId(Buffer.from(hex, 'hex'), 0);
}

/** Whether some id can begin so. */
function canBegin(beginning: string): boolean {
  return beginning.length <= 36 && isWebhookId(beginning + sampleId.slice(beginning.length));
}

/** An id whose ends make any beginning whole that an id can have. */
const sampleId = '00000000-0000-7000-8000-000000000000';

/** The beginning that ids of this time have in common. */
function timePrefix(ms: number): string {
  const hex = Math.min(2 ** 48 - 1, Math.max(0, Math.floor(ms)))
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}
