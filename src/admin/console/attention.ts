// What needs a person, the most urgent first, in words. Reads counters only: the overview asks often.
import type { HistorySample } from '../live/history.ts';
import type { LimitHit } from '../settingsViews.ts';
import type { ReplayJobView } from '../replays/replays.ts';
import type { StatusView } from '../statusView.ts';
import { pathTo } from './paths.ts';
import { bytesText, counted, durationText, wordsOf } from './words.ts';

/** `now`: webhooks are being refused or are late. `soon`: will be so, or waits for a person. `note`: good to know. */
export type Urgency = 'now' | 'soon' | 'note';

/** One thing that needs attention. `href` leads to where it can be looked into. */
export interface AttentionItem {
  readonly urgency: Urgency;
  readonly text: string;
  readonly href: string | null;
}

/** What is looked at. */
export interface AttentionFacts {
  readonly readiness: { readonly ready: boolean; readonly reasons: readonly string[] };
  readonly status: StatusView;
  /** The newest sample; null: none has been taken yet. */
  readonly latest: HistorySample | null;
  readonly limits: readonly LimitHit[];
  readonly replays: readonly ReplayJobView[];
}

/** Late by more than this is more than the queue's ordinary breath. */
const lateSeconds = 30;

/** Below this share of the disk that the log has measured there is little time left. */
const diskFreeBytesLow = 2 * 1024 ** 3;

const ranks: Readonly<Record<Urgency, number>> = { now: 0, soon: 1, note: 2 };

function ofLog({ readiness, status }: AttentionFacts): AttentionItem[] {
  const { log } = status;
  const href = pathTo('/system');
  const items: AttentionItem[] = [];
  if (log.mode !== 'ok') {
    items.push({
      urgency: 'now',
      href,
      text: `The log is ${log.mode}, and webhooks are refused: ${log.reason}`,
    });
  } else if (!readiness.ready) {
    items.push({ urgency: 'now', href, text: `No webhooks are taken: ${readiness.reasons.join('; ')}` });
  }
  if (log.diskFreeBytes < diskFreeBytesLow) {
    items.push({ urgency: 'soon', href, text: `The log's disk has ${bytesText(log.diskFreeBytes)} left.` });
  }
  if (log.unreadableRecords > 0) {
    const records = counted(log.unreadableRecords, 'record');
    items.push({
      urgency: 'soon',
      href,
      text: `${records} of the log could not be read since the start: see hookward verify.`,
    });
  }
  if (log.sequenceGaps > 0) {
    items.push({
      urgency: 'soon',
      href,
      text: `${counted(log.sequenceGaps, 'record')} were missing from the log at the start.`,
    });
  }
  return items;
}

function ofDelivery({ status, latest }: AttentionFacts): AttentionItem[] {
  const items: AttentionItem[] = [];
  if (latest !== null && latest.pastDueSeconds > lateSeconds) {
    const late = durationText(latest.pastDueSeconds * 1000);
    items.push({
      urgency: 'now',
      href: pathTo('/webhooks', { state: 'pending' }),
      text: `Deliveries are late: the oldest was due ${late} ago.`,
    });
  }
  for (const { name, circuit } of status.botHosts) {
    if (circuit === 'closed') continue;
    const isBack = circuit === 'ramping';
    items.push({
      urgency: isBack ? 'note' : 'now',
      href: pathTo('/webhooks', { state: 'pending' }),
      text: isBack
        ? `The bot host ${name} is back; its circuit lets more and more webhooks through.`
        : `The bot host ${name} does not answer: its circuit is ${wordsOf(circuit)}, and its webhooks wait.`,
    });
  }
  const dead = status.log.counts['dead'] ?? 0;
  if (dead > 0) {
    items.push({
      urgency: 'soon',
      href: pathTo('/webhooks', { state: 'dead' }),
      text: `${counted(dead, 'webhook is', 'webhooks are')} dead: look why, then replay or leave them.`,
    });
  }
  return items;
}

function ofPeople({ limits, replays }: AttentionFacts): AttentionItem[] {
  const items: AttentionItem[] = replays
    .filter(({ state }) => state === 'failed' || state === 'running' || state === 'counting')
    .map(({ id, state, failure, replayed, total }) => ({
      urgency: state === 'failed' ? 'soon' : 'note',
      href: pathTo(`/replays/${encodeURIComponent(id)}`),
      text:
        state === 'failed'
          ? `A replay failed: ${failure ?? 'unknown'}`
          : `A replay is under way: ${String(replayed)} of ${total === null ? 'a number not counted yet' : String(total)}.`,
    }));
  if (limits.length > 0) {
    items.push({
      urgency: 'note',
      href: pathTo('/access'),
      text: `${counted(limits.length, 'caller or route', 'callers or routes')} ran into a rate limit lately.`,
    });
  }
  return items;
}

/** All of it, the most urgent first; empty where nothing needs anybody. */
export function needsAttention(facts: AttentionFacts): readonly AttentionItem[] {
  const items = [...ofLog(facts), ...ofDelivery(facts), ...ofPeople(facts)];
  return items.sort((one, other) => ranks[one.urgency] - ranks[other.urgency]);
}
