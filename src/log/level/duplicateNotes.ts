import type { WebhookId } from '../../core/ids.ts';
import type { Webhook } from '../../core/webhook.ts';
import { ByteReader } from '../codec/bytes.ts';
import type { SealedRecord } from '../codec/record.ts';
import { makeRecord } from '../codec/record.ts';
import type { DuplicateNote } from '../contract.ts';
import { duplicatesNotedMax } from '../contract.ts';
import { duplicateKey, duplicatesRange, numberOfDuplicateKey } from './keys.ts';
import type { Original } from './originals.ts';
import type { Store } from './store.ts';

function noteRecord(id: WebhookId, number: number, { at, ip }: DuplicateNote): SealedRecord {
  const payload = Buffer.alloc(8 + Buffer.byteLength(ip));
  payload.write(ip, payload.writeDoubleLE(at, 0));
  return makeRecord(duplicateKey(id, number), payload);
}

function unpackNote(payload: Buffer): DuplicateNote {
  const reader = new ByteReader(payload);
  return { at: reader.double(), ip: reader.rest().toString('utf8') };
}

/** The number of the next note with webhook `id`. */
export async function nextNoteNumber(store: Store, id: WebhookId): Promise<number> {
  const last = await store.first(duplicatesRange(id), { reverse: true, keysOnly: true });
  return last === null ? 0 : numberOfDuplicateKey(last.key) + 1;
}

/** The notes of a webhook's copies that can be read, in order. */
export async function readDuplicateNotes(store: Store, id: WebhookId): Promise<DuplicateNote[]> {
  const page = await store.page(duplicatesRange(id), { limit: duplicatesNotedMax });
  return page
    .map((entry) => store.decode(entry.key, store.open(entry), unpackNote))
    .filter((note) => note !== null);
}

/** The record that notes `copy` with `original`, which is held; null: as many as are noted have been. */
export function nextNoteRecord(original: Original, copy: Webhook): SealedRecord | null {
  const number = original.nextNumber ?? 0;
  if (number >= duplicatesNotedMax) return null;
  original.nextNumber = number + 1;
  return noteRecord(original.id, number, { at: copy.receivedAt, ip: copy.request.ip });
}
