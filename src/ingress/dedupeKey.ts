// The key by which copies of a webhook are known: `dedupe.key` of the configuration. Two different events must never have
// the same, since the second would not be delivered; a copy that is not known for one is merely delivered twice.
import { boundedKey } from '../core/boundedKey.ts';
import { prepareValue, type KeySource, type KeyValue } from './requestKey.ts';

/** By what the event of a request is known. */
export interface EventKeys {
  /** The first part of the key, for search; null: the request does not have it. */
  readonly eventId: string | null;
  /** Null where the request lacks one of the parts: then it is nobody's copy. */
  readonly dedupeKey: string | null;
}

/** Gives the keys of a request. Never throws. */
export type EventKeysOf = (source: KeySource) => EventKeys;

/** Of a request whose event is not known. */
export const noEventKeys: EventKeys = { eventId: null, dedupeKey: null };

/** Stands for bytes that are no UTF-8: different ones look the same. */
const unreadable = '\ufffd';

/**
 * The text of one part. None for a number that JSON.parse may have rounded to its neighbour (beyond 2^53, or no integer),
 * for a boolean, which tells no event from another, and for an empty text.
 */
function partOf(value: KeyValue | null): string | null {
  if (typeof value === 'string') return value === '' || value.includes(unreadable) ? null : value;
  return Number.isSafeInteger(value) ? String(value) : null;
}

/**
 * Prepares `dedupe.key` (see `prepareValue`). Where a JSON body has the member twice the last counts, as it does for a bot
 * that calls JSON.parse; a copy has the same bytes, so the same key.
 */
export function prepareEventKeys(places: readonly string[]): EventKeysOf {
  const readers = places.map(prepareValue);
  return (source) => {
    const parts: string[] = [];
    for (const read of readers) {
      const part = partOf(read(source));
      if (part === null) break;
      parts.push(part);
    }
    const [first] = parts;
    if (first === undefined) return noEventKeys;
    const isWhole = parts.length === readers.length;
    // JSON parts them unambiguously, and keeps apart half surrogates that UTF-8 cannot.
    return { eventId: boundedKey(first), dedupeKey: isWhole ? boundedKey(JSON.stringify(parts)) : null };
  };
}
