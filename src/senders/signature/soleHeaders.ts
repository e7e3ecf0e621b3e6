import type { RawHeaders } from '../../core/headers.ts';
import type { SenderProblem } from '../../core/senders.ts';
import { soleHeader } from './header.ts';

/** The only values of several headers (named in lower case), or why one of them could not be read. */
export function soleHeaders<Name extends string>(
  headers: RawHeaders,
  names: readonly Name[],
): { readonly values: Readonly<Record<Name, string>> } | { readonly problem: SenderProblem } {
  const values: Partial<Record<Name, string>> = {};
  for (const name of names) {
    const found = soleHeader(headers, name);
    if ('problem' in found) return found;
    values[name] = found.value;
  }
  return { values: values as Record<Name, string> };
}
