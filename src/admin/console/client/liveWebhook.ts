/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The page of one webhook while one looks: drawn anew when it has changed, unless somebody is at work in it.
import { showLocalTimes } from './clock.ts';
import { offerCopying } from './copying.ts';
import { fetchDocument, say } from './liveParts.ts';
import type { Listener } from './stream.ts';

/** Whether something would be lost: a form that is open, details that are being read, a focus, marked text. */
function isBeingRead(main: Element): boolean {
  return (
    main.querySelector('details[open]') !== null ||
    (main !== document.activeElement && main.contains(document.activeElement)) ||
    window.getSelection()?.isCollapsed === false
  );
}

/** What the page of one webhook does with changes. */
export function liveWebhook(bar: HTMLElement): Listener {
  const main = document.getElementById('main');
  const { sole = '', reload = '' } = bar.dataset;

  const draw = async (text: string) => {
    const page = await fetchDocument(reload);
    // A form may have been opened while the page was on its way.
    if (main === null || isBeingRead(main)) {
      say(bar, text);
      return;
    }
    bar.replaceChildren();
    for (const part of document.querySelectorAll('[data-live-part]')) {
      const now = page?.getElementById(part.id);
      if (now !== null && now !== undefined) part.replaceWith(now);
    }
    showLocalTimes(document.body);
    offerCopying();
  };

  const news = (text: string) => {
    if (main === null || isBeingRead(main)) {
      say(bar, text);
    } else {
      void draw(text);
    }
  };

  return {
    changed(changes) {
      const change = changes.findLast(({ id }) => id === sole);
      if (change !== undefined) news(`It has changed: ${change.state} now.`);
    },
    opened(isAgain) {
      // What is pending may have ended between the page and its stream.
      if (isAgain || bar.dataset['pending'] === 'true') news('It may have changed meanwhile.');
    },
  };
}
