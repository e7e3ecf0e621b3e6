// The key by which a route's webhooks are put in order: `order.by` of the configuration.
import { boundedKey } from '../core/boundedKey.ts';
import { prepareValue, type KeySource } from './requestKey.ts';

/** Gives the key of a request, or null where it has none: then it stands in no order. Never throws. */
export type OrderKeyOf = (source: KeySource) => string | null;

/**
 * Prepares `order.by` (see `prepareValue`). Numbers beyond 2^53 are rounded, so that neighbours may share a key: they
 * wait for one another, nothing worse.
 */
export function prepareOrderKey(by: string): OrderKeyOf {
  const read = prepareValue(by);
  return (source) => {
    const value = read(source);
    return value === null ? null : boundedKey(String(value));
  };
}
