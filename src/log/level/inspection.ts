import type { WebhookId } from '../../core/ids.ts';
import type { WebhookState } from '../../core/state.ts';
import type { Envelope } from '../codec/envelope.ts';
import { unpackEnvelope } from '../codec/envelope.ts';
import { unpackEvent } from '../codec/event.ts';
import { Head } from './head.ts';
import { indexKeysOf } from './indexKeys.ts';
import {
  envelopeKey,
  everything,
  idOfDedupeKey,
  idOfEnvelopeKey,
  idOfStateKey,
  keyAfter,
  parseDueKey,
  parseEventKey,
  parseOrderKey,
  spaceRange,
  spaces,
} from './keys.ts';
import type { KeyRange } from './keys.ts';
import type { LastEvent } from './records.ts';
import { readEnvelopes, readLastEvent, readLastEvents, standingOf } from './records.ts';
import type { Entry, Store } from './store.ts';

/** What a key of the log begins with. */
export type Space = keyof typeof spaces;

/**
 * What is wrong with a record. `unreadable`: its bytes are not what was written. `unbacked`: nothing stands behind it, an
 * index entry that its webhook does not ask for, or what belongs to a webhook that is not there. `missing`: an index
 * entry that a webhook asks for.
 */
export type Wrong = 'unreadable' | 'unbacked' | 'missing';

/** One thing that is wrong. `space` is null where the key is none of the log's. */
export interface Finding {
  readonly wrong: Wrong;
  readonly space: Space | null;
  readonly key: Buffer;
  /** Whose record it is, where that can be told. */
  readonly id: WebhookId | null;
}

/** What there is of one key space. */
export interface SpaceTally {
  records: number;
  bytes: number;
}

const pageMax = 200;
/** Envelopes that are read again for an index: their bodies come with them. */
const lookMax = 32;

const spaceByPrefix = new Map<number, Space>(
  (Object.keys(spaces) as Space[]).map((space) => [spaces[space], space]),
);

/** How long a key of each space is; access entries have a fixed length too. */
const keyBytes: Readonly<Record<Space, number>> = {
  head: 7,
  route: 3,
  envelope: 17,
  event: 23,
  duplicate: 21,
  due: 30,
  state: 22,
  order: 31,
  dedupe2: 35,
  dedupe: 43,
  quarantine: 17,
  access: 24,
  audit: 7,
};

function isIndex(space: Space): boolean {
  return space === 'due' || space === 'state' || space === 'order' || space === 'dedupe';
}

/** Whose record stands at a key; null for what belongs to no webhook. */
function idAt(space: Space, key: Buffer): WebhookId | null {
  switch (space) {
    case 'envelope':
    case 'quarantine':
    case 'duplicate':
      return idOfEnvelopeKey(key);
    case 'event':
      return parseEventKey(key).id;
    case 'due':
      return parseDueKey(key).id;
    case 'state':
      return idOfStateKey(key);
    case 'order':
      return parseOrderKey(key).id;
    case 'dedupe':
      return idOfDedupeKey(key);
    case 'head':
    case 'dedupe2':
    case 'route':
    case 'access':
    case 'audit':
      return null;
  }
}

/**
 * One walk over everything that a database holds: each record's checksum, each index entry against the webhook that it
 * stands for, each webhook against the entries that it asks for. Reads only; pages are short and closed at once.
 */
export class Inspection {
  readonly tallies: Record<Space, SpaceTally>;
  readonly states: Record<WebhookState, number> = { pending: 0, delivered: 0, dead: 0, cancelled: 0 };
  /** The head that can be read; of several the newest. */
  head: Head | null = null;
  heads = 0;
  /** Sequence numbers of the readable envelopes at or above the newest head's floor. */
  sequences = 0;
  readonly #store: Store;
  readonly #found: (finding: Finding) => void;
  readonly #unreadable = new Set<WebhookId>();
  /** Format 2 wrote the log, and no start has put its index of event ids into today's form yet. */
  #hasFormerIndex = false;

  constructor(store: Store, found: (finding: Finding) => void) {
    this.#store = store;
    this.#found = found;
    const none = Object.keys(spaces).map((space) => [space, { records: 0, bytes: 0 }]);
    this.tallies = Object.fromEntries(none) as Record<Space, SpaceTally>;
  }

  /** Walks. @param onBytes is told of the bytes of each page. */
  async run(onBytes: (bytes: number) => void): Promise<void> {
    this.#hasFormerIndex = (await this.#store.first(spaceRange('dedupe2'), { keysOnly: true })) !== null;
    let range: KeyRange = everything;
    for (;;) {
      const page = await this.#store.page(range, { limit: pageMax, strict: true });
      const last = page.at(-1);
      if (last === undefined) return;
      await this.#page(page);
      onBytes(page.reduce((sum, { key, value }) => sum + key.length + value.length, 0));
      range = { gte: keyAfter(last.key), lt: range.lt };
    }
  }

  async #page(page: readonly Entry[]): Promise<void> {
    const bySpace = new Map<Space, Entry[]>();
    for (const entry of page) {
      const space = spaceByPrefix.get(entry.key[0] ?? 0);
      if (space === undefined || entry.key.length !== keyBytes[space]) {
        this.#found({ wrong: 'unreadable', space: null, key: entry.key, id: null });
        continue;
      }
      const tally = this.tallies[space];
      tally.records += 1;
      tally.bytes += entry.key.length + entry.value.length;
      const entries = bySpace.get(space);
      if (entries === undefined) bySpace.set(space, [entry]);
      else entries.push(entry);
    }
    for (const [space, entries] of bySpace) await this.#inspect(space, entries);
  }

  async #inspect(space: Space, entries: readonly Entry[]): Promise<void> {
    if (space === 'envelope') return this.#envelopes(entries);
    const readable = entries.filter((entry) => this.#isReadable(space, entry));
    if (isIndex(space)) {
      for (let at = 0; at < readable.length; at += lookMax)
        await this.#index(space, readable.slice(at, at + lookMax));
    } else if (space === 'event' || space === 'duplicate' || space === 'quarantine') {
      await this.#belongings(space, readable);
    }
  }

  #isReadable(space: Space, entry: Entry): boolean {
    const payload = this.#store.open(entry);
    const decoded = space === 'event' ? this.#store.decode(entry.key, payload, unpackEvent) : payload;
    const isReadable = decoded !== 'unreadable' && decoded !== null;
    if (space === 'head') {
      this.heads += 1;
      const head = this.#store.decode(entry.key, payload, (bytes) => Head.decode(bytes));
      // They come in the order of their numbers.
      if (head !== null) this.head = head;
    }
    if (!isReadable) this.#found({ wrong: 'unreadable', space, key: entry.key, id: idAt(space, entry.key) });
    return isReadable;
  }

  async #envelopes(entries: readonly Entry[]): Promise<void> {
    const envelopes: Envelope[] = [];
    for (const entry of entries) {
      const id = idOfEnvelopeKey(entry.key);
      const envelope = this.#store.decode(entry.key, this.#store.open(entry), (payload) =>
        unpackEnvelope(id, payload),
      );
      if (envelope !== null) envelopes.push(envelope);
      else {
        this.#unreadable.add(id);
        this.#found({ wrong: 'unreadable', space: 'envelope', key: entry.key, id });
      }
    }
    const lastEvents = await readLastEvents(this.#store, envelopes);
    for (const envelope of envelopes) {
      const last = lastEvents.get(envelope.webhook.id) ?? null;
      this.states[standingOf(envelope, last?.head ?? null).state] += 1;
      if (envelope.sequence >= (this.head?.marks.sequenceFloor ?? 0)) this.sequences += 1;
      await this.#asked(envelope, last);
    }
  }

  /** Looks whether the index has what a webhook asks for. */
  async #asked(envelope: Envelope, last: LastEvent | null): Promise<void> {
    const { id } = envelope.webhook;
    const watermark = this.head?.marks.watermark ?? null;
    // In flight when the process ended: nothing but the watermark says so, and the next start takes it up.
    const isCovered = last === null && watermark !== null && id >= watermark;
    for (const { space, key } of indexKeysOf(envelope, last)) {
      if (isCovered && (space === 'due' || space === 'state')) continue;
      if (this.#hasFormerIndex && space === 'dedupe') continue;
      if (!(await this.#store.has(key))) this.#found({ wrong: 'missing', space, key, id });
    }
  }

  /** Looks whether webhooks ask for these index entries. */
  async #index(space: Space, entries: readonly Entry[]): Promise<void> {
    const ids = entries.map(({ key }) => idAt(space, key) ?? nobody);
    const envelopes = await readEnvelopes(this.#store, ids);
    for (const [at, { key }] of entries.entries()) {
      const envelope = envelopes[at] ?? 'missing';
      const id = ids[at] ?? null;
      // Its webhook is named as unreadable already; its entries go with it.
      const isBacked = typeof envelope === 'object' && (await this.#asksFor(envelope, key));
      if (!isBacked) this.#found({ wrong: 'unbacked', space, key, id });
    }
  }

  async #asksFor(envelope: Envelope, key: Buffer): Promise<boolean> {
    const last = await readLastEvent(this.#store, envelope.routeNo, envelope.webhook.id);
    return indexKeysOf(envelope, last).some((its) => its.key.equals(key));
  }

  /** Looks whether the webhooks of events, notes of copies and marks are there. */
  async #belongings(space: Space, entries: readonly Entry[]): Promise<void> {
    const ids = entries.map(({ key }) => idAt(space, key) ?? nobody);
    for (const [at, { key }] of entries.entries()) {
      const id = ids[at] ?? nobody;
      const isUnreadable = this.#unreadable.has(id);
      const isThere = isUnreadable || (await this.#store.has(envelopeKey(id)));
      // A mark says that its webhook cannot be read.
      const isBacked = space === 'quarantine' ? isUnreadable : isThere;
      if (!isBacked) this.#found({ wrong: 'unbacked', space, key, id });
    }
  }
}

const nobody = '00000000-0000-0000-0000-000000000000' as WebhookId;
