/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// New and changed webhooks while one looks. Rows change in place; new ones are only counted, so that no row moves under
// the pointer. Nothing is held open while the tab is hidden.

interface Change {
  readonly id: string;
  readonly route: string;
  readonly state: string;
  readonly what: string;
}

/** A row under a stream of attempts draws itself anew this often at most. */
const redrawPauseMs = 1_000;

const parsed = (data: string) =>
  JSON.parse(data) as { readonly changes: readonly Change[]; readonly more: number };

/** Puts `text` with a link to the page as it is now into the bar. */
function say(bar: HTMLElement, text: string, label: string): void {
  const link = document.createElement('a');
  link.href = bar.dataset['reload'] ?? '';
  link.textContent = label;
  const words = document.createElement('span');
  words.textContent = text;
  bar.replaceChildren(words, link);
}

/** Draws rows anew, each once a pause. */
class Redraws {
  readonly #waiting = new Set<string>();
  #timer: number | null = null;

  add(id: string): void {
    this.#waiting.add(id);
    this.#timer ??= window.setTimeout(() => this.#draw(), redrawPauseMs);
  }

  #draw(): void {
    this.#timer = null;
    for (const id of this.#waiting) {
      const row = document.querySelector<HTMLElement>(`tr[data-webhook="${CSS.escape(id)}"]`);
      // A row that somebody selects or stands on would lose that: only its word and colour change.
      if (row !== null && !row.contains(document.activeElement) && row.querySelector(':checked') === null) {
        row.dispatchEvent(new CustomEvent('changed'));
      }
    }
    this.#waiting.clear();
  }
}

function showState(id: string, state: string): boolean {
  const row = document.querySelector<HTMLElement>(`tr[data-webhook="${CSS.escape(id)}"]`);
  if (row === null) return false;
  const badge = row.querySelector('.state');
  if (badge !== null && row.dataset['state'] !== state) {
    row.dataset['state'] = state;
    badge.className = `state state-${state}`;
    badge.textContent = state;
    row.classList.add('is-changed');
  }
  return true;
}

/** What the list does with changes. */
function listFollower(bar: HTMLElement): (changes: readonly Change[], more: number) => void {
  const { route = '', state = '', first } = bar.dataset;
  const fresh = new Set<string>();
  const redraws = new Redraws();
  let uncounted = 0;
  return (changes, more) => {
    for (const change of changes) {
      if (showState(change.id, change.state)) redraws.add(change.id);
      else if (
        (route === '' || route === change.route) &&
        (state === '' ? change.what === 'received' : state === change.state)
      ) {
        fresh.add(change.id);
      }
    }
    uncounted += more;
    if (first !== 'true' || fresh.size === 0) return;
    say(bar, `${String(fresh.size)}${uncounted > 0 ? ' or more' : ''} new.`, 'Show');
    bar.setAttribute('role', 'status');
  };
}

/** What the page of one webhook does with changes. */
function soleFollower(bar: HTMLElement): (changes: readonly Change[]) => void {
  const { sole } = bar.dataset;
  return (changes) => {
    const change = changes.findLast(({ id }) => id === sole);
    if (change === undefined) return;
    bar.setAttribute('role', 'status');
    say(bar, `It has changed: ${change.state} now.`, 'Show');
  };
}

/** Follows the server's stream of changes while the tab is seen. */
export function followChanges(): void {
  const bar = document.querySelector<HTMLElement>('[data-live]');
  if (bar === null) return;
  const follow = bar.dataset['sole'] === undefined ? listFollower(bar) : soleFollower(bar);
  let source: EventSource | null = null;
  const open = () => {
    source = new EventSource(bar.dataset['live'] ?? '');
    source.addEventListener('changes', (event: MessageEvent<string>) => {
      const { changes, more } = parsed(event.data);
      follow(changes, more);
    });
  };
  const close = () => {
    source?.close();
    source = null;
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      close();
    } else if (source === null) {
      open();
      say(bar, 'Changes were not followed while the tab was hidden.', 'Load anew');
    }
  });
  window.addEventListener('pagehide', close);
  if (!document.hidden) open();
}
