import type { CommandModule } from 'yargs';
import type { AccessEntryView } from '../../admin/index.ts';
import { parseDuration } from '../../config/index.ts';
import { HookwardError } from '../../core/errors.ts';
import { openTarget } from '../client/open.ts';
import type { Target } from '../client/target.ts';
import type { CliContext, CommonArguments } from '../context.ts';
import { table } from '../terminal/table.ts';

type AccessArguments = CommonArguments & {
  readonly action: 'list' | 'allow' | 'disallow' | 'ban' | 'unban';
  readonly address?: string | undefined;
  readonly reason?: string | undefined;
  readonly for?: string | undefined;
};

const columns = [
  { title: 'KIND' },
  { title: 'ADDRESS' },
  { title: 'UNTIL' },
  { title: 'BY', widthMax: 24 },
  { title: 'CREATED' },
  { title: 'REASON', widthMax: 60 },
];

const row = (entry: AccessEntryView) => [
  entry.kind,
  entry.address,
  entry.until ?? 'lifted by hand',
  entry.by,
  entry.createdAt,
  entry.reason,
];

/** When a ban or an entry ends, from `--for`. */
function endOf(length: string | undefined, now: number): string | null {
  if (length === undefined) return null;
  const ms = parseDuration(length);
  if (ms === null)
    throw new HookwardError('usage-wrong', {
      message: `--for takes a duration such as 2h, not "${length}".`,
    });
  return new Date(now + ms).toISOString();
}

function required(value: string | undefined, option: string): string {
  if (value !== undefined && value !== '') return value;
  throw new HookwardError('usage-wrong', { message: `${option} is needed.` });
}

/** A change that was asked for, checked before anything is opened. */
function changeOf(given: AccessArguments, now: number) {
  return {
    kind: given.action === 'ban' || given.action === 'unban' ? ('ban' as const) : ('whitelist' as const),
    address: required(given.address, 'An address or CIDR'),
    reason: required(given.reason, '--reason'),
    until: endOf(given.for, now),
  };
}

type Say = (value: unknown, text: string) => void;

async function list(context: CliContext, target: Target, json: boolean): Promise<void> {
  const entries = await target.listAccess();
  if (json) for (const entry of entries) context.terminal.print(JSON.stringify(entry));
  else if (entries.length > 0) context.terminal.print(table(columns, entries.map(row)));
  context.terminal.note(`${String(entries.length)} entries from ${target.name}`);
}

async function add(target: Target, change: ReturnType<typeof changeOf>, say: Say): Promise<void> {
  const entry = await target.putAccess(change);
  const end = entry.until === null ? 'until it is lifted' : `until ${entry.until}`;
  say(entry, `${entry.kind}: ${entry.address} ${end}`);
}

async function remove(
  target: Target,
  { kind, address, reason }: ReturnType<typeof changeOf>,
  say: Say,
): Promise<void> {
  const { stillCoveredBy } = await target.removeAccess({ kind, address, reason });
  const covered = stillCoveredBy === null ? '' : `; still covered by ${stillCoveredBy.address}`;
  say({ kind, address, removed: true, stillCoveredBy }, `${kind}: ${address} removed${covered}`);
}

async function run(context: CliContext, given: AccessArguments): Promise<void> {
  const change = given.action === 'list' ? null : changeOf(given, context.now());
  const say: Say = (value, text) => context.terminal.print(given.json ? JSON.stringify(value) : text);
  const target = await openTarget(context, given);
  try {
    if (change === null) await list(context, target, given.json);
    else if (given.action === 'allow' || given.action === 'ban') await add(target, change, say);
    else await remove(target, change, say);
  } finally {
    await target.close();
  }
}

/** `hookward access`: whitelist entries and bans, changed without a restart. */
export function accessCommand(context: CliContext): CommandModule<CommonArguments, AccessArguments> {
  return {
    command: 'access <action> [address]',
    describe: 'List, add and remove whitelist entries and bans',
    builder: (yargs) =>
      yargs
        .positional('action', {
          choices: ['list', 'allow', 'disallow', 'ban', 'unban'] as const,
          demandOption: true,
          describe: 'What to do',
        })
        .positional('address', { type: 'string', describe: 'An address or CIDR block' })
        .option('reason', { string: true, describe: 'Why; stands in the audit log' })
        .option('for', { string: true, describe: 'How long, e.g. 2h; left out: until it is lifted' }),
    handler: (given) => run(context, given),
  };
}
