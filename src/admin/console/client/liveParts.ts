/// <reference lib="dom" />
// What both kinds of live pages share: the bar that tells of news, and parts fetched from the server.

/** Fetches a page or a part of one as a document of its own, in which no script runs; null where that fails. */
export async function fetchDocument(address: string): Promise<Document | null> {
  try {
    // A redirect leads to the login: there is nothing to show then.
    const answer = await fetch(address, { redirect: 'error', headers: { 'hx-request': 'true' } });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), 'text/html') : null;
  } catch {
    return null;
  }
}

/** Puts `text` into the bar, with a way to see what it tells of. `show` runs in place of loading the page anew. */
export function say(bar: HTMLElement, text: string, show: (() => void) | null = null): void {
  const link = document.createElement('a');
  link.href = bar.dataset['reload'] ?? '';
  link.textContent = 'Show';
  if (show !== null) {
    link.addEventListener('click', (event) => {
      event.preventDefault();
      show();
    });
  }
  const words = document.createElement('span');
  words.textContent = text;
  bar.setAttribute('role', 'status');
  bar.replaceChildren(words, link);
}

/** Whether somebody is at work in `part`: rows that move would be missed by the pointer, and lose what was typed. */
export function isInUse(part: Element): boolean {
  return part.matches(':hover') || part.contains(document.activeElement);
}
