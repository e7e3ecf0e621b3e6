/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The list of webhooks while one looks. Changed rows are drawn anew in place. New ones come in on top, but never under
// the pointer, nor while somebody is at work in the list: then they are counted, and wait. All of it is bounded.
import { showLocalTimes } from './clock.ts';
import { fetchDocument, isInUse, say } from './liveParts.ts';
import type { Change, Listener } from './stream.ts';

/** Rows are fetched this often at most. */
const pauseMs = 1_000;

/** So many rows are fetched at once: the server gives no more. */
const fetchedMax = 50;

/** The page holds no more rows than this, however long it is open: beyond it new ones are only counted. */
const rowsMax = 100;

/** Counted no further. */
const countMax = 999;

const rowOf = (id: string) => document.querySelector<HTMLElement>(`tr[data-webhook="${CSS.escape(id)}"]`);
const idOf = (row: HTMLElement) => row.dataset['webhook'] ?? '';

/** Changes the row's word and colour at once; whether there is such a row. */
function showState(id: string, state: string): boolean {
  const row = rowOf(id);
  const badge = row?.querySelector('.state');
  if (row !== null && badge !== null && badge !== undefined && row.dataset['state'] !== state) {
    row.dataset['state'] = state;
    badge.className = `state state-${state}`;
    badge.textContent = state;
    row.classList.add('is-changed');
  }
  return row !== null;
}

class LiveList implements Listener {
  readonly #bar: HTMLElement;
  readonly #changed = new Set<string>();
  readonly #fresh = new Set<string>();
  #isMore = false;
  /** Somebody has asked to see what waits. */
  #isAskedFor = false;
  #timer: number | null = null;

  constructor(bar: HTMLElement) {
    this.#bar = bar;
    const table = this.#body?.closest('table');
    for (const left of ['pointerleave', 'focusout']) table?.addEventListener(left, () => this.#later());
  }

  changed(changes: readonly Change[], more: number): void {
    const isFirst = this.#bar.dataset['first'] === 'true';
    for (const change of changes) {
      if (showState(change.id, change.state)) this.#changed.add(change.id);
      else if (isFirst && this.#mayBelong(change)) {
        if (this.#fresh.size < countMax) this.#fresh.add(change.id);
        else this.#isMore = true;
      }
    }
    if (isFirst && more > 0 && this.#fresh.size > 0) this.#isMore = true;
    this.#later();
  }

  opened(isAgain: boolean): void {
    const isFirst = this.#bar.dataset['first'] === 'true';
    if (!isAgain) {
      if (isFirst) void this.#catchUp();
    } else if (isFirst && !this.#isBusy()) void this.#drawAll();
    else say(this.#bar, 'Changes were missed while this page was not live.');
  }

  /** What came between the page and its stream. */
  async #catchUp(): Promise<void> {
    const page = await fetchDocument(this.#bar.dataset['reload'] ?? '');
    for (const row of page?.querySelectorAll<HTMLElement>('tr[data-webhook]') ?? []) {
      const before = rowOf(idOf(row));
      if (before === null) this.#fresh.add(idOf(row));
      else if (before.dataset['state'] !== row.dataset['state']) this.#changed.add(idOf(row));
    }
    this.#later();
  }

  /** What can be told here; the rest of the filter is the server's to tell. */
  #mayBelong({ route, state, what }: Change): boolean {
    const { route: asked = '', state: wanted = '' } = this.#bar.dataset;
    return (asked === '' || asked === route) && (wanted === '' ? what === 'received' : wanted === state);
  }

  get #body(): HTMLTableSectionElement | null {
    return document.querySelector<HTMLTableSectionElement>('.list tbody');
  }

  /** Whether rows must not move now. */
  #isBusy(): boolean {
    const body = this.#body;
    if (body === null) return true;
    return isInUse(body) || body.querySelector(':checked') !== null || body.getBoundingClientRect().top < 0;
  }

  #later(): void {
    if (this.#changed.size + this.#fresh.size === 0) return;
    this.#timer ??= window.setTimeout(() => void this.#drawSoon(), pauseMs);
  }

  /** One drawing at a time: two would both find place for their rows. */
  async #drawSoon(): Promise<void> {
    const areHeld = !this.#isAskedFor && this.#isBusy();
    this.#isAskedFor = false;
    const isMoreToDraw = await this.#draw(areHeld);
    this.#timer = null;
    if (isMoreToDraw) this.#later();
  }

  /** Draws what has changed and, unless they are held back, what is new; says how many wait. Whether there is more to draw. */
  async #draw(areHeld: boolean): Promise<boolean> {
    const changed = [...this.#changed].slice(0, fetchedMax);
    for (const id of changed) this.#changed.delete(id);
    const place = areHeld ? 0 : Math.max(0, rowsMax - (this.#body?.rows.length ?? rowsMax));
    const fresh = [...this.#fresh]
      .sort()
      .reverse()
      .slice(0, Math.min(place, fetchedMax - changed.length));
    for (const id of fresh) this.#fresh.delete(id);
    if (changed.length + fresh.length > 0) await this.#fetch(changed, fresh);
    this.#sayWaiting(areHeld);
    return this.#changed.size > 0 || (!areHeld && this.#fresh.size > 0 && place > fresh.length);
  }

  /** `areHeld`: they can come in without loading the page anew. */
  #sayWaiting(areHeld: boolean): void {
    if (this.#fresh.size === 0) this.#bar.replaceChildren();
    else {
      const count = `${String(this.#fresh.size)}${this.#isMore ? ' or more' : ''} new.`;
      const canDraw = areHeld && !this.#isMore && (this.#body?.rows.length ?? rowsMax) < rowsMax;
      say(this.#bar, count, canDraw ? () => this.#show() : null);
    }
  }

  #show(): void {
    this.#isAskedFor = true;
    this.#later();
  }

  async #fetch(shown: readonly string[], fresh: readonly string[]): Promise<void> {
    const address = new URL(this.#bar.dataset['rows'] ?? '', window.location.href);
    for (const id of shown) address.searchParams.append('shown', id);
    for (const id of fresh) address.searchParams.append('row', id);
    const part = await fetchDocument(address.href);
    for (const row of part?.querySelectorAll<HTMLElement>('tr[data-webhook]') ?? []) this.#put(row);
    showLocalTimes(document.body);
  }

  #put(row: HTMLElement): void {
    const before = rowOf(idOf(row));
    if (before !== null) {
      // A row that somebody selects or stands on would lose that: only its word and colour change.
      if (before.contains(document.activeElement) || before.querySelector(':checked') !== null) return;
      before.replaceWith(row);
    } else {
      const below = [...document.querySelectorAll<HTMLElement>('tr[data-webhook]')].find(
        (other) => idOf(other) < idOf(row),
      );
      // Ids are in the order of time. What is older than the last row is on the pages that follow.
      below?.before(row);
    }
    row.classList.add('is-changed');
  }

  /** Puts the list as it is now in the place of what is shown. */
  async #drawAll(): Promise<void> {
    const page = await fetchDocument(this.#bar.dataset['reload'] ?? '');
    const [list, now] = [document, page].map((at) => at?.querySelector('[data-list]'));
    if (list === null || list === undefined || now === null || now === undefined) return;
    // Somebody may have begun to work in it while it was on its way.
    if (this.#isBusy()) {
      say(this.#bar, 'Changes were missed while this page was not live.');
      return;
    }
    list.replaceWith(now);
    this.#fresh.clear();
    this.#isMore = false;
    this.#bar.replaceChildren();
    showLocalTimes(document.body);
  }
}

/** What the list does with changes; `bar` says what it shows, and tells of what waits. */
export function liveList(bar: HTMLElement): Listener {
  return new LiveList(bar);
}
