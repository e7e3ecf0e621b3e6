import type { FixedReply } from '../core/fixedReply.ts';

/** For senders that look at the status alone. */
export const emptyOk: FixedReply = { status: 200, contentType: 'text/plain; charset=utf-8', body: '' };

export const noContent: FixedReply = { status: 204, contentType: 'text/plain; charset=utf-8', body: '' };
