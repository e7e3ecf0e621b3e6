/// <reference lib="dom" />
// New and changed webhooks while one looks, on the pages that show them.
import { liveList } from './liveList.ts';
import { liveWebhook } from './liveWebhook.ts';
import { followStream } from './stream.ts';

/** Follows the server's changes where the page shows webhooks. */
export function followChanges(): void {
  const bar = document.querySelector<HTMLElement>('[data-live]');
  if (bar === null) return;
  const listener = bar.dataset['sole'] === undefined ? liveList(bar) : liveWebhook(bar);
  followStream(bar.dataset['live'] ?? '', listener);
}
