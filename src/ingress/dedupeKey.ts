// The key by which copies of a webhook are known: `dedupe.key` of the configuration. Two different events must never have
// the same, since the second would not be delivered; a copy that is not known for one is merely delivered twice.
import { bounded, prepareValue, type KeySource, type KeyValue } from './requestKey.ts';

/** Gives the key of a request, or null where it has none: then it is nobody's copy. Never throws. */
export type DedupeKeyOf = (source: KeySource) => string | null;

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
 * Prepares `dedupe.key` (see `prepareValue`); a request that lacks one of the parts has no key. Where a JSON body has the
 * member twice the last counts, as it does for a bot that calls JSON.parse; a copy has the same bytes, so the same key.
 */
export function prepareDedupeKey(places: readonly string[]): DedupeKeyOf {
  const readers = places.map(prepareValue);
  return (source) => {
    const parts: string[] = [];
    for (const read of readers) {
      const part = partOf(read(source));
      if (part === null) return null;
      parts.push(part);
    }
    // JSON parts them unambiguously, and keeps apart half surrogates that UTF-8 cannot.
    return parts.length === 0 ? null : bounded(JSON.stringify(parts));
  };
}
