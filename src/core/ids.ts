/** A webhook's id: a UUIDv7 in its canonical lower-case text, so that ids sort by time of arrival. */
export type WebhookId = string & { readonly brand: 'WebhookId' };

/** Where new ids come from. Ids of one source never go backwards, even when the clock does. */
export interface IdSource {
  /** The next id; greater than every id given before, and than `after`, where the source was made with one. */
  next(nowMs: number): WebhookId;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Whether `text` is a webhook id in its canonical form. */
export function isWebhookId(text: string): text is WebhookId {
  return uuidPattern.test(text);
}
