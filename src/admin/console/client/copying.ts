/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Shows the buttons that copy a text of the page, where the browser can; harmless when called again. */
export function offerCopying(): void {
  // Only pages from HTTPS or this machine have a clipboard.
  if (!('clipboard' in navigator)) return;
  for (const button of document.querySelectorAll<HTMLButtonElement>('button[data-copy][hidden]')) {
    button.hidden = false;
    const label = button.textContent;
    button.addEventListener('click', () => {
      const text = document.getElementById(button.dataset['copy'] ?? '')?.textContent ?? '';
      navigator.clipboard.writeText(text).then(
        () => (button.textContent = 'Copied'),
        () => (button.textContent = 'Could not copy'),
      );
      button.addEventListener('blur', () => (button.textContent = label), { once: true });
    });
  }
}
