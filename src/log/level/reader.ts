import { isWebhookId } from '../../core/ids.ts';
import { progressOf } from '../codec/tally.ts';
import type { WebhookReader, WebhookRecord } from '../contract.ts';
import { readDuplicateNotes } from './duplicateNotes.ts';
import type { Engine } from './engine.ts';
import { readEnvelope, readEvents, standingOf, subjectOf } from './records.ts';

type GetParams = Parameters<WebhookReader['get']>[0];

/** See `WebhookReader.get`. A webhook whose envelope cannot be read is as good as none. */
export async function getWebhook(engine: Engine, { id }: GetParams): Promise<WebhookRecord | null> {
  if (!isWebhookId(id)) return null;
  const found = await engine.read(async (store) => {
    const envelope = await readEnvelope(store, id);
    if (typeof envelope === 'string') return null;
    const events = await readEvents(store, envelope.routeNo, id);
    const duplicates = envelope.webhook.dedupeKey === null ? [] : await readDuplicateNotes(store, id);
    return { envelope, events, duplicates };
  });
  if (found === null) return null;
  const { envelope, events, duplicates } = found;
  const last = events.at(-1);
  const head =
    last === undefined ? null : { at: last.event.at, standing: last.event.then, tally: last.tally };
  const { tally } = subjectOf(envelope, head === null ? null : { eventNo: events.length, head });
  return {
    webhook: envelope.webhook,
    events: events.map(({ event }) => event),
    duplicates,
    standing: standingOf(envelope, head),
    progress: progressOf(tally),
    inFlight: engine.holds.get(id)?.kind === 'leased',
  };
}
