// The fields of an answer that are Hookward's to say.
import type { RawHeaders } from '../core/headers.ts';
import type { WebhookId } from '../core/ids.ts';

/** Their names, in lower case. */
export interface OwnFields {
  /** Carries the webhook's id, e.g. `hookward-id`. */
  readonly id: string;
  /** Says, of an answer to a copy, whose copy it is, e.g. `hookward-duplicate-of`. */
  readonly duplicateOf: string;
}

/** The names under a prefix such as `hookward`. */
export function ownFieldsOf(prefix: string): OwnFields {
  return { id: `${prefix}-id`, duplicateOf: `${prefix}-duplicate-of` };
}

/** What an answer about the webhook bears. */
export function webhookFields({ id }: OwnFields, webhook: WebhookId): RawHeaders {
  return [id, webhook];
}

/** What an answer to a copy of the webhook bears. */
export function copyFields({ id, duplicateOf }: OwnFields, original: WebhookId): RawHeaders {
  return [id, original, duplicateOf, original];
}

/** Whether a bot's own field of this name must give way. */
export function isOwnField({ id, duplicateOf }: OwnFields, lowerCaseName: string): boolean {
  return lowerCaseName === id || lowerCaseName === duplicateOf;
}
