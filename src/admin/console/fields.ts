// What forms and queries send, read with care: text only, bounded, each name's values in order.
import { HookwardError } from '../../core/errors.ts';
import type { Asked } from '../operator.ts';
import type { PageContext } from './environment.ts';

/** A form as it was sent. */
export interface SentForm {
  /** The first value without the blanks around it; empty where there is none. */
  text(name: string): string;
  all(name: string): readonly string[];
  /** Every field but `csrf`, by name: the first value of each. */
  fields(): Readonly<Record<string, string>>;
}

/** Reads the form of a POST. @throws HookwardError `usage-wrong` where what was sent is no form. */
export async function sentForm(context: PageContext): Promise<SentForm> {
  const form = await context.req.formData().catch((cause: unknown) => {
    throw new HookwardError('usage-wrong', { message: 'What was sent is no form.', cause });
  });
  const all = (name: string) => form.getAll(name).filter((value) => typeof value === 'string');
  const text = (name: string) => all(name)[0]?.trim() ?? '';
  return {
    text,
    all,
    fields() {
      const names = [...new Set(form.keys())].filter((name) => name !== 'csrf');
      return Object.fromEntries(names.map((name) => [name, text(name)]));
    },
  };
}

/** Who asks for a change, and why. @throws HookwardError `usage-wrong` where no reason is given. */
export function askedBy(context: PageContext, form: SentForm): Asked {
  const reason = form.text('reason');
  if (reason === '')
    throw new HookwardError('usage-wrong', { message: 'Give a reason: it stands in the audit log.' });
  if (reason.length > 500) {
    throw new HookwardError('usage-wrong', { message: 'The reason is longer than 500 characters.' });
  }
  return { by: context.get('principal').name, reason };
}
