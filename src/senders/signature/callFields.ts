// The fields of a call whose signature covers single fields. A bot may take a field from the query, from the form, or the
// last of several: so each signed one must stand there once, in all places and spellings together.
import { headerValues } from '../../core/headers.ts';
import type { SenderProblem } from '../../core/senders.ts';
import type { SenderCall } from '../contract.ts';
import { formFields, type FormField } from './form.ts';

const formType = /^application\/x-www-form-urlencoded *(?:; *charset="?utf-8"? *)?$/i;

/**
 * The fields of the query, then those of the form. Null where they cannot all be read: a body of any other type might hold
 * fields that a bot sees and nobody signed.
 */
export function callFields({ target, headers, body }: SenderCall): readonly FormField[] | null {
  const queryAt = target.indexOf('?');
  const query = queryAt === -1 ? [] : formFields(Buffer.from(target.slice(queryAt + 1), 'latin1'));
  if (query === null || body.byteLength === 0) return query;
  const [type, ...others] = headerValues(headers, 'content-type');
  if (type === undefined || others.length > 0 || !formType.test(type)) return null;
  const form = formFields(body);
  return form === null ? null : [...query, ...form];
}

/** The value of a field that must be there once and must not be empty, or why it could not be taken. */
export function soleField(
  fields: readonly FormField[],
  name: string,
): { readonly value: string } | { readonly problem: SenderProblem } {
  const wanted = nameAtBot(name);
  const [field, ...others] = fields.filter(([candidate]) => nameAtBot(candidate) === wanted);
  if (field === undefined || field[1] === '') return { problem: 'signature-missing' };
  if (others.length > 0 || field[0] !== name) return { problem: 'signature-malformed' };
  return { value: field[1] };
}

/** Longer than any name that is looked for: what stands behind it does not matter. */
const nameCharsMax = 64;

/** What a name may become in a bot: PHP makes `a_b` of `a.b` and `a b`, and takes `a[]` for `a`; others ignore case. */
function nameAtBot(name: string): string {
  return name
    .trimStart()
    .slice(0, nameCharsMax)
    .replace(/[[\0].*$/s, '')
    .replaceAll(/[. ]/g, '_')
    .toLowerCase();
}
