// Newer addresses over those in force: what may be taken, and what it changes.
import { HookwardError } from '../../core/errors.ts';
import { senderNames, type SenderName } from '../../core/senders.ts';
import {
  compareSenderAddresses,
  mergeSenderAddresses,
  shippedSenderAddresses,
  type SenderAddressBook,
  type SenderAddressChange,
} from '../../senders/index.ts';

/** What a refresh would make of the operator's file. */
export interface Refreshed {
  /** The file's new content. */
  readonly book: SenderAddressBook;
  /** What is different then from what is in force now. */
  readonly changes: readonly SenderAddressChange[];
}

/** The zone with the latest midnight is 12 hours behind UTC's, that with the earliest 14 hours before it. */
const dayAheadMs = 14 * 3_600_000;

const dayOf = (time: number) => new Date(time).toISOString().slice(0, 10);

/** Senders of `given` whose date `isWrong`, each with that date. */
function datedWrongly(
  given: SenderAddressBook,
  isWrong: (sender: SenderName, date: string) => boolean,
): string[] {
  return senderNames.flatMap((sender) => {
    const date = given[sender]?.date;
    return date !== undefined && isWrong(sender, date) ? [`${sender} (${date})`] : [];
  });
}

/**
 * Lays newer addresses over those of the operator's file.
 *
 * @param now Milliseconds since the epoch.
 * @throws HookwardError `usage-wrong` for entries from the future, and, unless `isForced`, for those older than in force.
 */
export function refreshAddresses(params: {
  readonly given: SenderAddressBook;
  readonly operators: SenderAddressBook;
  readonly isForced: boolean;
  readonly now: number;
}): Refreshed {
  const { given, operators } = params;
  const inForce = mergeSenderAddresses(shippedSenderAddresses(), operators);
  const latest = dayOf(params.now + dayAheadMs);
  const early = datedWrongly(given, (_, date) => date > latest);
  if (early.length > 0)
    throw new HookwardError('usage-wrong', {
      message: `Nothing is changed: dated in the future: ${early.join(', ')}.`,
    });
  const old = datedWrongly(given, (sender, date) => date < (inForce[sender]?.date ?? date));
  if (old.length > 0 && !params.isForced)
    throw new HookwardError('usage-wrong', {
      message: `Nothing is changed: older than what is in force: ${old.join(', ')}. Take them all the same with --force.`,
    });
  const book = mergeSenderAddresses(operators, given);
  return { book, changes: compareSenderAddresses(inForce, mergeSenderAddresses(inForce, given)) };
}

/** The changes as lines for people. */
export function changeLines(changes: readonly SenderAddressChange[]): string[] {
  return changes.flatMap(({ sender, added, removed, dateBefore, dateAfter }) => [
    `${sender}: ${dateBefore ?? 'unknown'} -> ${dateAfter ?? 'unknown'}${added.length + removed.length === 0 ? ', the same addresses' : ''}`,
    ...added.map((address) => `  + ${address}`),
    ...removed.map((address) => `  - ${address}`),
  ]);
}
