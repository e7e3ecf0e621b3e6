/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// What must happen around htmx's requests: none while nobody looks, and what it brings is treated like the page itself.
import { showLocalTimes } from './clock.ts';

let said = '';

/** Tells screen readers what the part says of itself, when that has changed. */
function announce(part: ParentNode): void {
  const text = part.querySelector<HTMLElement>('[data-announce]')?.dataset['announce'] ?? '';
  const announcer = document.getElementById('announcer');
  if (announcer === null || text === '' || text === said) return;
  said = text;
  announcer.textContent = text;
}

/** Stops polling while the tab is hidden, and looks after what has been put into the page. */
export function followSwaps(): void {
  said = document.querySelector<HTMLElement>('[data-announce]')?.dataset['announce'] ?? '';
  document.addEventListener('htmx:before:request', (event) => {
    if (document.hidden) event.preventDefault();
  });
  document.addEventListener('htmx:after:swap', () => {
    showLocalTimes(document.body);
    announce(document);
  });
}
