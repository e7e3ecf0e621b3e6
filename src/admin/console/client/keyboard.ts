/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Keys of the console: `/` search, `j` `k` move, `x` select, `r` replay. Enter opens what has the focus, as everywhere.

const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  target.matches('input:not([type="checkbox"]), select, textarea, [contenteditable]');

const rows = () => [...document.querySelectorAll<HTMLElement>('[data-row]')];
const currentRow = () => document.activeElement?.closest<HTMLElement>('[data-row]') ?? null;

/** Moves the focus to the row `step` further, and to the first one from anywhere else. */
function move(step: 1 | -1): void {
  const all = rows();
  const current = currentRow();
  const at = current === null ? (step === 1 ? 0 : all.length - 1) : all.indexOf(current) + step;
  const row = all[at];
  const link = row?.querySelector<HTMLElement>('[data-open]') ?? row?.querySelector<HTMLElement>('a');
  link?.focus();
  row?.scrollIntoView({ block: 'nearest' });
}

function select(): void {
  const box = currentRow()?.querySelector<HTMLInputElement>('input[name="id"]');
  box?.click();
}

/** On a webhook's page its form; in the list what is selected, else the row with the focus. */
function replay(): void {
  const action = document.querySelector<HTMLDetailsElement>('details[data-action="replay"]');
  if (action !== null) {
    action.open = true;
    action.querySelector<HTMLInputElement>('input[name="reason"]')?.focus();
    return;
  }
  const form = document.getElementById('selection');
  if (!(form instanceof HTMLFormElement)) return;
  const row = currentRow();
  const box = row?.querySelector<HTMLInputElement>('input[name="id"]');
  if (form.querySelector('input[name="id"]:checked') === null) {
    if (box === null || box === undefined) return;
    box.checked = true;
  }
  form.requestSubmit();
}

const keys: Readonly<Record<string, () => void>> = {
  '/': () => document.getElementById('search')?.focus(),
  j: () => move(1),
  k: () => move(-1),
  x: select,
  r: replay,
};

/** Listens for the keys; never while somebody types, nor with a modifier. */
export function useKeyboard(): void {
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && isTyping(event.target)) (event.target as HTMLElement).blur();
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    const action = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
