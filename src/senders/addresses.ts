// The addresses that senders publish: read from a file, laid over one another, compared.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HookwardError } from '../core/errors.ts';
import { isSenderName, senderNames, type SenderName } from '../core/senders.ts';
import { addressProblem } from './cidr.ts';
import type { SenderAddressBook, SenderAddressChange, SenderAddresses } from './contract.ts';

/** The whole of the shipped file is 4 KiB. */
const textCharsMax = 1024 * 1024;
const addressesMax = 4_096;

const members: ReadonlySet<string> = new Set(['addresses', 'date', 'source', 'note']);

const shippedPath = join('config', 'sender-addresses.json');

function invalid(message: string, cause?: unknown): HookwardError {
  return new HookwardError('config-invalid', { message: `the senders' addresses: ${message}`, cause });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether `text` is a day that there is, as `YYYY-MM-DD`. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** @throws HookwardError `config-invalid` */
function readAddresses(sender: SenderName, value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > addressesMax)
    throw invalid(`${sender}: \`addresses\` must be a list of 1 to ${addressesMax} addresses`);
  const seen = new Set<string>();
  return value.map((entry: unknown, index) => {
    const problem = typeof entry === 'string' ? addressProblem(entry) : 'is no text';
    if (typeof entry !== 'string' || problem !== null)
      throw invalid(`${sender}: address ${index + 1} ${problem ?? ''}`);
    if (seen.has(entry)) throw invalid(`${sender}: address ${index + 1} stands there twice`);
    seen.add(entry);
    return entry;
  });
}

/** @throws HookwardError `config-invalid` */
function readEntry(sender: SenderName, value: unknown): SenderAddresses {
  if (!isRecord(value)) throw invalid(`${sender}: must have \`addresses\`, \`date\` and \`source\``);
  const stranger = Object.keys(value).find((member) => !members.has(member));
  if (stranger !== undefined) throw invalid(`${sender}: there is no member \`${stranger}\``);
  const { date, source, note } = value;
  if (typeof date !== 'string' || !isDay(date))
    throw invalid(`${sender}: \`date\` must be a day such as 2026-05-17`);
  if (typeof source !== 'string' || !/^https:\/\/\S+$/.test(source))
    throw invalid(`${sender}: \`source\` must be the https:// URL where they were read`);
  if (note !== undefined && typeof note !== 'string') throw invalid(`${sender}: \`note\` must be text`);
  const addresses = readAddresses(sender, value['addresses']);
  return { addresses, date, source, ...(note === undefined ? {} : { note }) };
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('the file is no JSON', cause);
  }
}

/**
 * Reads a file of addresses by sender: `{"telegram": {"addresses": [...], "date": "YYYY-MM-DD", "source": "https://..."}}`,
 * each address and block in canonical spelling, without repeats.
 *
 * @throws HookwardError `config-invalid` that names the sender and the address at fault.
 */
export function parseSenderAddresses(text: string): SenderAddressBook {
  if (text.length > textCharsMax) throw invalid(`the file has more than ${textCharsMax} characters`);
  const value = parsedJson(text);
  if (!isRecord(value)) throw invalid('the file must hold one JSON object, with senders for its members');
  return Object.fromEntries(
    Object.entries(value).map(([sender, entry]) => {
      if (!isSenderName(sender)) throw invalid(`there is no sender \`${sender}\``);
      return [sender, readEntry(sender, entry)];
    }),
  );
}

/** The nearest file of shipped addresses at or above `folder`; the build may lie some folders below the package. */
function shippedFile(folder: string): string {
  const path = join(folder, shippedPath);
  if (existsSync(path)) return path;
  const above = dirname(folder);
  if (above === folder) throw invalid(`${shippedPath} is missing from the package`);
  return shippedFile(above);
}

/**
 * The addresses that come with the package.
 *
 * @throws HookwardError `config-invalid` where the file is missing or has been spoilt.
 */
export function shippedSenderAddresses(): SenderAddressBook {
  return parseSenderAddresses(readFileSync(shippedFile(import.meta.dirname), 'utf8'));
}

/** `shipped` with the senders of `newer` in place of its own. */
export function mergeSenderAddresses(
  shipped: SenderAddressBook,
  newer: SenderAddressBook,
): SenderAddressBook {
  return { ...shipped, ...newer };
}

/** What has changed from one book to another, sender by sender in the order of their names' list. */
export function compareSenderAddresses(
  before: SenderAddressBook,
  after: SenderAddressBook,
): readonly SenderAddressChange[] {
  return senderNames.flatMap((sender) => {
    const old = before[sender];
    const fresh = after[sender];
    const added = fresh?.addresses.filter((address) => old?.addresses.includes(address) !== true) ?? [];
    const removed = old?.addresses.filter((address) => fresh?.addresses.includes(address) !== true) ?? [];
    const dateBefore = old?.date ?? null;
    const dateAfter = fresh?.date ?? null;
    const isSame = added.length === 0 && removed.length === 0 && dateBefore === dateAfter;
    return isSame ? [] : [{ sender, added, removed, dateBefore, dateAfter }];
  });
}
