import { headerValues, type RawHeaders } from '../../core/headers.ts';
import type { SenderProblem } from '../../core/senders.ts';

/** Longer signature headers are not read: a list of several signatures takes some hundred characters. */
const headerCharsMax = 4_096;

/** The only value of a header (named in lower case), or why there is none that could be read. */
export function soleHeader(
  headers: RawHeaders,
  name: string,
): { readonly value: string } | { readonly problem: SenderProblem } {
  const values = headerValues(headers, name);
  const [value] = values;
  if (value === undefined || value === '') return { problem: 'signature-missing' };
  if (values.length > 1 || value.length > headerCharsMax) return { problem: 'signature-malformed' };
  return { value };
}
