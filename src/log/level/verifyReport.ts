import type { WebhookId } from '../../core/ids.ts';
import type { WebhookState } from '../../core/state.ts';
import { webhookStates } from '../../core/state.ts';
import type { Damage } from './damage.ts';
import type { WaterLevel } from './highWater.ts';
import type { Finding, Inspection, Space } from './inspection.ts';
import { spaces } from './keys.ts';

/** What was found in one key space of the log. */
export interface SpaceReport {
  readonly records: number;
  readonly bytes: number;
  /** Records whose bytes are not what was written. */
  readonly unreadable: number;
  /** Records that no webhook stands behind. */
  readonly unbacked: number;
  /** Index entries that a webhook asks for and that are not there. */
  readonly missing: number;
}

/** What a verification found. */
export interface VerifyReport {
  /** Nothing is wrong. */
  readonly isSound: boolean;
  /** Why the database cannot be opened; null: it can be. */
  readonly openError: string | null;
  /** The format file beside the database is missing or not readable. */
  readonly formatWrong: boolean;
  readonly spaces: Readonly<Record<Space, SpaceReport>>;
  /** Keys that are none of the log's. */
  readonly strangeKeys: number;
  /** How often a block of the database could not be read: what was in it is not in the counts. */
  readonly unreadableBlocks: number;
  readonly webhooks: Readonly<Record<WebhookState, number>>;
  /** Webhooks that the log's own counters know of and that are not there. */
  readonly webhooksMissing: number;
  /** Batches at the end of the log that had been on disk and are not there. */
  readonly batchesMissing: number;
  /** The log's counters do not say what it holds. */
  readonly countersWrong: boolean;
  /** LevelDB's own words about what it threw away when it opened its files. */
  readonly dropped: readonly string[];
  /** Webhooks that something is wrong with, the first thousand. */
  readonly affected: readonly WebhookId[];
}

/** How far a verification has come, in bytes. */
export interface VerifyProgress {
  readonly step: 'copying' | 'reading' | 'mending';
  readonly done: number;
  readonly total: number;
}

const affectedMax = 1_000;

/** Gathers what an inspection finds. */
export class Findings {
  readonly affected = new Set<WebhookId>();
  strangeKeys = 0;
  readonly #counts = new Map<string, number>();

  add({ wrong, space, id }: Finding): void {
    if (id !== null && this.affected.size < affectedMax) this.affected.add(id);
    if (space === null) this.strangeKeys += 1;
    else this.#counts.set(`${space} ${wrong}`, this.count(space, wrong) + 1);
  }

  count(space: Space, wrong: Finding['wrong']): number {
    return this.#counts.get(`${space} ${wrong}`) ?? 0;
  }

  get isEmpty(): boolean {
    return this.strangeKeys === 0 && this.#counts.size === 0;
  }
}

/** What there was to go by. */
export interface Found {
  readonly inspection: Inspection;
  readonly findings: Findings;
  readonly damage: Damage;
  readonly dropped: readonly string[];
  readonly level: WaterLevel | null;
  readonly formatWrong: boolean;
}

/** The report of an inspection. */
export function reportOf({ inspection, findings, damage, dropped, level, formatWrong }: Found): VerifyReport {
  const { tallies, states, head } = inspection;
  const names = Object.keys(spaces) as Space[];
  const bySpace = names.map((space): [Space, SpaceReport] => [
    space,
    {
      ...tallies[space],
      unreadable: findings.count(space, 'unreadable'),
      unbacked: findings.count(space, 'unbacked'),
      missing: findings.count(space, 'missing'),
    },
  ]);
  const batchesMissing = Math.max(0, (level?.number ?? 0) - (head?.marks.number ?? 0));
  const webhooksMissing = missingWebhooks(inspection, level);
  const countersWrong = areCountersWrong(inspection, findings);
  return {
    isSound:
      findings.isEmpty &&
      damage.blocks + dropped.length + batchesMissing + webhooksMissing === 0 &&
      !countersWrong &&
      !formatWrong,
    openError: null,
    formatWrong,
    spaces: Object.fromEntries(bySpace) as Record<Space, SpaceReport>,
    strangeKeys: findings.strangeKeys,
    unreadableBlocks: damage.blocks,
    webhooks: states,
    webhooksMissing,
    batchesMissing,
    countersWrong,
    dropped,
    affected: [...findings.affected],
  };
}

/** The report of a database that cannot be opened. */
export function unopenedReport(openError: string, formatWrong: boolean): VerifyReport {
  const none = { records: 0, bytes: 0, unreadable: 0, unbacked: 0, missing: 0 };
  const names = Object.keys(spaces) as Space[];
  return {
    isSound: false,
    openError,
    formatWrong,
    spaces: Object.fromEntries(names.map((space) => [space, none])) as Record<Space, SpaceReport>,
    strangeKeys: 0,
    unreadableBlocks: 0,
    webhooks: { pending: 0, delivered: 0, dead: 0, cancelled: 0 },
    webhooksMissing: 0,
    batchesMissing: 0,
    countersWrong: false,
    dropped: [],
    affected: [],
  };
}

function missingWebhooks({ head, tallies }: Inspection, level: WaterLevel | null): number {
  const nextSequence = head?.marks.nextSequence ?? 1;
  const beyond = Math.max(0, (level?.nextSequence ?? 1) - nextSequence);
  const counted = webhookStates.reduce((sum, state) => sum + (head?.counts[state] ?? 0), 0);
  // Without a head all numbers given are held against what there is: what retention removed counts as missing then.
  return head === null
    ? Math.max(0, beyond - tallies.envelope.records)
    : beyond + Math.max(0, counted - tallies.envelope.records);
}

function areCountersWrong({ head, heads, states, tallies }: Inspection, findings: Findings): boolean {
  const records = (Object.keys(tallies) as Space[]).reduce((sum, space) => sum + tallies[space].records, 0);
  if (head === null) return records > 0;
  if (heads !== 1) return true;
  // Whether a webhook that cannot be read is counted, depends on who met it.
  if (findings.count('envelope', 'unreadable') > 0) return false;
  const bytes = (Object.keys(tallies) as Space[])
    .filter((space) => space !== 'head')
    .reduce((sum, space) => sum + tallies[space].bytes, 0);
  const pendingByRoute = [...head.pendingByRoute.values()].reduce((sum, count) => sum + count, 0);
  return (
    webhookStates.some((state) => head.counts[state] !== states[state]) ||
    pendingByRoute !== states.pending ||
    head.marks.recordBytes !== bytes
  );
}
