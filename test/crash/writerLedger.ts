// The ledger of logWriter.ts, and the judge that holds a log against it after a kill.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { WebhookId } from '../../src/core/ids.ts';
import type { WebhookState } from '../../src/core/state.ts';
import { duplicatesNotedMax } from '../../src/log/index.ts';
import type { WebhookRecord } from '../../src/log/index.ts';

/** A try that the writer settles a webhook with. */
interface SettledBy {
  readonly id: WebhookId;
  /** The try's number, which is chosen at random so that it names the settlement. */
  readonly attempt: number;
  readonly state: WebhookState;
}

/** A line of the ledger: what the writer was about to do, or was promised. */
export type WriterLine =
  | { readonly did: 'appending'; readonly ids: readonly WebhookId[]; readonly keys: readonly string[] }
  | { readonly did: 'appended'; readonly ids: readonly WebhookId[] }
  | { readonly did: 'copied'; readonly key: string; readonly of: WebhookId }
  | ({ readonly did: 'settling' } & SettledBy)
  | ({ readonly did: 'settled' } & SettledBy)
  /** From here on retention may remove what is delivered or dead. */
  | { readonly did: 'retaining' };

/** A target that names its webhook's number and its body's sum, so that each record can be judged by itself. */
export function writerTarget(number: number, bodySha256: string): string {
  return `/w?n=${number}&sum=${bodySha256}`;
}

/** Reads a ledger; a line that the kill cut in two is left out. */
export function readLedger(path: string): WriterLine[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.slice(0, -1).map((line) => JSON.parse(line) as WriterLine);
}

/** The keys of the events that a killed writer sent and never heard of: a sender sends them again. */
export function unheardKeys(ledger: readonly WriterLine[]): string[] {
  const { keys, promised, copied } = sorted(ledger);
  const heard = new Set(copied.map(({ key }) => key));
  for (const [id, key] of keys) if (promised.has(id)) heard.add(key);
  return [...new Set(keys.values())].filter((key) => !heard.has(key));
}

/** The webhooks of a ledger that were promised, with their events' keys: each must be known by it for as long as it is kept. */
export function promisedKeys(ledger: readonly WriterLine[]): ReadonlyMap<string, WebhookId> {
  const { keys, promised, removable } = sorted(ledger);
  const isKept = (id: WebhookId) => promised.has(id) && !removable.has(id);
  return new Map([...keys].filter(([id]) => isKept(id)).map(([id, key]) => [key, id]));
}

/** What a log and its writer's ledger say of one another. */
export interface WriterVerdict {
  readonly appendsPromised: number;
  readonly settlementsPromised: number;
  readonly copiesPromised: number;
  /** In the log without a promise: the writer was killed before it heard of it. Allowed. */
  readonly unheardOf: number;
  /** Each a sentence; must be empty. */
  readonly faults: readonly string[];
}

/** A ledger, sorted: what was begun and what was promised. */
interface Sorted {
  readonly appends: (readonly WebhookId[])[];
  readonly keys: Map<WebhookId, string>;
  readonly promised: Set<WebhookId>;
  readonly copied: { readonly key: string; readonly of: WebhookId }[];
  readonly settling: Set<string>;
  readonly settled: SettledBy[];
  /** What retention may have removed. */
  readonly removable: ReadonlySet<WebhookId>;
}

const nameOf = (id: string, attempt: number) => `try ${attempt} of ${id}`;

/** Webhooks that were over, or about to be, where retention ran: they may be gone. */
function removableOf(ledger: readonly WriterLine[]): ReadonlySet<WebhookId> {
  if (!ledger.some(({ did }) => did === 'retaining')) return new Set();
  return new Set(
    ledger.flatMap((line) => (line.did === 'settling' && line.state !== 'pending' ? [line.id] : [])),
  );
}

function sorted(ledger: readonly WriterLine[]): Sorted {
  const found: Sorted = {
    appends: [],
    keys: new Map(),
    promised: new Set(),
    copied: [],
    settling: new Set(),
    settled: [],
    removable: removableOf(ledger),
  };
  for (const line of ledger) {
    switch (line.did) {
      case 'appending':
        found.appends.push(line.ids);
        for (const [at, id] of line.ids.entries()) found.keys.set(id, line.keys[at] ?? '');
        break;
      case 'copied':
        found.copied.push(line);
        break;
      case 'appended':
        for (const id of line.ids) found.promised.add(id);
        break;
      case 'settling':
        found.settling.add(nameOf(line.id, line.attempt));
        break;
      case 'settled':
        found.settled.push(line);
        break;
      case 'retaining':
        break;
    }
  }
  return found;
}

/** Judges what a log holds after a kill by the ledger. */
export function judgeWriter(ledger: readonly WriterLine[], records: readonly WebhookRecord[]): WriterVerdict {
  const { appends, promised, copied, settling, settled, removable } = sorted(ledger);
  const mayBeGone = (id: WebhookId) => removable.has(id) && !kept.has(id);
  const kept = new Map<string, WebhookRecord>(records.map((record) => [record.webhook.id, record]));
  const faults: string[] = [];
  for (const ids of appends) {
    if (ids.some(mayBeGone)) continue;
    const there = ids.filter((id) => kept.has(id)).length;
    if (there !== 0 && there !== ids.length) faults.push(`of one append, ${there} of ${ids.length}`);
  }
  for (const id of promised) if (!kept.has(id) && !removable.has(id)) faults.push(`lost: ${id} was promised`);
  for (const { id, attempt } of settled) {
    if (mayBeGone(id)) continue;
    if (!attemptsOf(kept.get(id)).includes(attempt)) faults.push(`lost: ${nameOf(id, attempt)} was promised`);
  }
  faults.push(
    ...faultsOfCopies(
      copied.filter(({ of }) => !mayBeGone(of)),
      records,
    ),
  );
  const announced = new Set<string>(appends.flat());
  for (const record of records) {
    const { id } = record.webhook;
    if (!announced.has(id)) faults.push(`nobody appended ${id}`);
    for (const attempt of attemptsOf(record))
      if (!settling.has(nameOf(id, attempt))) faults.push(`nobody wrote ${nameOf(id, attempt)}`);
    faults.push(...tears(record));
  }
  return {
    appendsPromised: promised.size,
    settlementsPromised: settled.length,
    copiesPromised: copied.length,
    unheardOf: records.filter(({ webhook }) => !promised.has(webhook.id)).length,
    faults,
  };
}

/** Of each event one webhook; what a copy was told of is there, is of its key, and has it noted. */
function faultsOfCopies(copied: Sorted['copied'], records: readonly WebhookRecord[]): string[] {
  const faults: string[] = [];
  const byKey = new Map<string, WebhookRecord>();
  for (const record of records) {
    const { id, dedupeKey } = record.webhook;
    if (dedupeKey === null) continue;
    const other = byKey.get(dedupeKey);
    if (other !== undefined) faults.push(`twice: ${dedupeKey} is ${other.webhook.id} and ${id}`);
    byKey.set(dedupeKey, record);
  }
  const counts = new Map<WebhookId, number>();
  for (const { key, of } of copied) {
    if (byKey.get(key)?.webhook.id !== of) faults.push(`lost: ${of} was promised to a copy of ${key}`);
    counts.set(of, (counts.get(of) ?? 0) + 1);
  }
  for (const { webhook, duplicates } of records) {
    const least = Math.min(counts.get(webhook.id) ?? 0, duplicatesNotedMax);
    if (duplicates.length < least) faults.push(`lost: ${least} copies of ${webhook.id} were promised`);
  }
  return faults;
}

function attemptsOf(record: WebhookRecord | undefined): number[] {
  return (record?.events ?? []).flatMap((event) =>
    event.type === 'attempted' ? [event.attempt.number] : [],
  );
}

function tears({ webhook, events, standing }: WebhookRecord): string[] {
  const sum = /&sum=([0-9a-f]*)$/.exec(webhook.request.target)?.[1];
  const body = webhook.request.body;
  const actual = body.length === 0 && sum === '' ? '' : createHash('sha256').update(body).digest('hex');
  const last = events.at(-1)?.then.state ?? 'pending';
  return [
    ...(sum === actual ? [] : [`torn: the body of ${webhook.id}`]),
    ...(last === standing.state ? [] : [`${webhook.id} stands ${standing.state} after an event to ${last}`]),
  ];
}
