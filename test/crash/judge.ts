// Judges a load: holds what was promised to the senders against what the bot host really got. Pure; see judge.test.ts
// for the faults that it must find.
import type { BotAnswer } from '../support/botHost.ts';
import { isPromised, numberIn } from '../support/senderLoad.ts';
import type { SentLine } from '../support/senderLoad.ts';

/** What the judge looks at of each arrival at the bot host. */
export interface ArrivedFacts {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly bodySha256: string;
  readonly id: string | null;
}

/** An arrival and what the bot host said to it. */
export interface ArrivalLine {
  readonly arrived: ArrivedFacts;
  readonly answer: BotAnswer | null;
}

/** What came out. All but the counts must be empty. */
export interface Verdict {
  readonly sent: number;
  readonly promised: number;
  readonly arrived: number;
  /** Arrivals beyond the first of each webhook: allowed, if they bear the same id. */
  readonly repeats: number;
  /** Promised, and never answered with success by the bot host: still pending, or lost. */
  readonly missing: readonly number[];
  /** Each a sentence: a torn body, a changed target, something that nobody sent, an id that is not its own. */
  readonly faults: readonly string[];
}

/** Judges what arrived by what was sent. */
export function judgeLoad(sent: readonly SentLine[], arrivals: readonly ArrivalLine[]): Verdict {
  const faults: string[] = [];
  const idOf = new Map<number, string>();
  const numberOf = new Map<string, number>();
  const delivered = new Set<number>();
  const seen = new Set<number>();
  for (const { arrived, answer } of arrivals) {
    const number = numberIn(arrived.target);
    const line = number === null ? undefined : sent[number];
    if (number === null || line === undefined) {
      faults.push(`nobody sent ${arrived.target}`);
      continue;
    }
    seen.add(number);
    faults.push(...changes(line, arrived), ...identity(number, arrived.id, { idOf, numberOf }));
    if (isSuccess(answer)) delivered.add(number);
  }
  for (const line of sent) faults.push(...foreignId(line, idOf.get(line.number)));
  const promised = sent.filter(isPromised);
  return {
    sent: sent.length,
    promised: promised.length,
    arrived: arrivals.length,
    repeats: arrivals.length - seen.size,
    missing: promised.map(({ number }) => number).filter((number) => !delivered.has(number)),
    faults,
  };
}

/** A line for people, with the seed that repeats the load's choices. */
export function verdictLine(
  { sent, promised, arrived, repeats, missing, faults }: Verdict,
  seed: number,
): string {
  return (
    `sent ${sent}, promised ${promised}, arrived ${arrived}, repeats ${repeats}, ` +
    `missing ${missing.length}, faults ${faults.length} (seed ${seed})`
  );
}

function isSuccess(answer: BotAnswer | null): boolean {
  return answer !== null && typeof answer === 'object' && (answer.status ?? 200) < 400;
}

function changes(line: SentLine, arrived: ArrivedFacts): string[] {
  const faults: string[] = [];
  const of = `webhook ${line.number}`;
  if (arrived.method !== line.method) faults.push(`${of}: ${line.method} came as ${arrived.method}`);
  if (arrived.target !== line.target) faults.push(`${of}: its target came as ${arrived.target}`);
  if (arrived.bodySha256 !== line.bodySha256)
    faults.push(`${of}: its body of ${line.bodyBytes} bytes is torn`);
  if (!holdsInOrder(arrived.headers, line.headers))
    faults.push(`${of}: its headers are not as they were sent`);
  return faults;
}

/** Whether every pair of `wanted` stands in `all`, in order, case kept. */
function holdsInOrder(all: readonly string[], wanted: readonly string[]): boolean {
  let found = 0;
  for (let at = 0; at + 1 < all.length && found < wanted.length; at += 2) {
    if (all[at] === wanted[found] && all[at + 1] === wanted[found + 1]) found += 2;
  }
  return found === wanted.length;
}

interface Ids {
  readonly idOf: Map<number, string>;
  readonly numberOf: Map<string, number>;
}

function identity(number: number, id: string | null, { idOf, numberOf }: Ids): string[] {
  if (id === null) return [`webhook ${number}: came without an id`];
  const known = idOf.get(number);
  const owner = numberOf.get(id);
  if (known !== undefined && known !== id) return [`webhook ${number}: came as ${known} and again as ${id}`];
  if (owner !== undefined && owner !== number) return [`webhooks ${owner} and ${number} both came as ${id}`];
  idOf.set(number, id);
  numberOf.set(id, number);
  return [];
}

/** A 202 names the id: it must be the one that the bot host got. */
function foreignId({ number, outcome }: SentLine, id: string | undefined): string[] {
  if (outcome === null || outcome === 'none' || outcome.status !== 202 || id === undefined) return [];
  const told = /"id":"([^"]+)"/.exec(outcome.body.toString('latin1'))?.[1];
  return told === undefined || told === id ? [] : [`webhook ${number}: promised as ${told}, came as ${id}`];
}
