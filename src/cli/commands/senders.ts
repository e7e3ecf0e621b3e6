import type { CommandModule } from 'yargs';
import { nearest } from '../../config/index.ts';
import { HookwardError } from '../../core/errors.ts';
import { isSenderName, senderNames, type SenderName } from '../../core/senders.ts';
import type { SenderAddressBook, SenderPreset } from '../../senders/index.ts';
import { configSource, isConfigNamed } from '../configuration.ts';
import type { CliContext, CommonArguments } from '../context.ts';
import { table } from '../terminal/table.ts';

type SendersArguments = CommonArguments & {
  readonly name?: string | undefined;
  readonly refresh?: string | undefined;
  readonly force: boolean;
};

/** What is known of senders here. */
interface Knowledge {
  readonly presets: Readonly<Record<SenderName, SenderPreset>>;
  /** The addresses in force. */
  readonly book: SenderAddressBook;
}

/**
 * The presets, and the addresses in force as far as they can be told: a configuration that is missing or wrong must not
 * hide from whoever is about to write it what is known of senders.
 */
async function knowledge(context: CliContext, given: SendersArguments): Promise<Knowledge> {
  const { mergeSenderAddresses, senderPresets, shippedSenderAddresses } =
    await import('../../senders/index.ts');
  const { readOperatorsAddresses } = await import('../senders/addressFile.ts');
  const shipped = { presets: senderPresets, book: shippedSenderAddresses() };
  if (!isConfigNamed(context, given)) return shipped;
  try {
    const { config } = await configSource(context, given).read();
    const operators = await readOperatorsAddresses(config.senderAddresses);
    return { ...shipped, book: mergeSenderAddresses(shipped.book, operators) };
  } catch (error) {
    if (!(error instanceof HookwardError)) throw error;
    context.terminal.note(`note: the addresses are those that Hookward ships with: ${error.message}`);
    return shipped;
  }
}

/** All that is data: what a preset does has no place in JSON. */
function jsonOf(name: SenderName, { presets, book }: Knowledge): string {
  return JSON.stringify({ ...presets[name], addresses: book[name] ?? null });
}

async function list(context: CliContext, given: SendersArguments): Promise<void> {
  const { columns, senderRow } = await import('../senders/describe.ts');
  const known = await knowledge(context, given);
  const { presets, book } = known;
  if (given.json) for (const name of senderNames) context.terminal.print(jsonOf(name, known));
  else {
    const rows = senderNames.map((name) => senderRow(presets[name], book[name]));
    context.terminal.print(table(columns, rows));
  }
}

async function show(context: CliContext, given: SendersArguments, name: string): Promise<void> {
  if (!isSenderName(name)) {
    const near = nearest(name, senderNames);
    const guess = near === null ? '`hookward senders` lists them.' : `Did you mean ${near}?`;
    throw new HookwardError('usage-wrong', { message: `There is no such sender. ${guess}` });
  }
  const { describeSender } = await import('../senders/describe.ts');
  const known = await knowledge(context, given);
  const { presets, book } = known;
  context.terminal.print(given.json ? jsonOf(name, known) : describeSender(presets[name], book[name]));
}

async function refresh(context: CliContext, given: SendersArguments, file: string): Promise<void> {
  const { readNamedAddresses, readOperatorsAddresses, writeAddresses } =
    await import('../senders/addressFile.ts');
  const { changeLines, refreshAddresses } = await import('../senders/refresh.ts');
  const { config } = await configSource(context, given).read();
  const path = config.senderAddresses;
  const { book, changes } = refreshAddresses({
    given: await readNamedAddresses(file, context.cwd),
    operators: await readOperatorsAddresses(path),
    isForced: given.force,
    now: context.now(),
  });
  if (changes.length > 0) await writeAddresses(path, book);
  if (given.json) context.terminal.print(JSON.stringify({ file: path, changes }));
  else for (const line of changeLines(changes)) context.terminal.print(line);
  context.terminal.note(
    changes.length === 0
      ? 'Nothing to change: these addresses are in force.'
      : `Written to ${path}. A running server takes it at its next reload (SIGHUP), or at once with --watch.`,
  );
}

/** What `--refresh` names; null where it is not given. @throws HookwardError `usage-wrong` */
function fileOf({ name, refresh: file, force }: SendersArguments): string | null {
  if (file === undefined && force)
    throw new HookwardError('usage-wrong', { message: '--force goes with --refresh FILE.' });
  if (file === undefined) return null;
  // What yargs makes of `--refresh -`: it takes a lone `-` for an argument of its own, and that for an empty one.
  if (file === '' && name === '') return '-';
  if (file !== '' && name === undefined) return file;
  throw new HookwardError('usage-wrong', {
    message: '--refresh takes a file, and no sender beside it: hookward senders --refresh FILE.',
  });
}

/** `hookward senders`: what is known of each sender, and newer addresses for the list of them. */
export function sendersCommand(context: CliContext): CommandModule<CommonArguments, SendersArguments> {
  return {
    command: 'senders [name]',
    describe: 'List the senders that a route can name, show one, or take newer addresses',
    builder: (yargs) =>
      yargs
        .positional('name', { type: 'string', describe: 'The sender to show' })
        .option('refresh', {
          string: true,
          describe: 'Take newer addresses from this file (- for standard input)',
        })
        .option('force', {
          boolean: true,
          default: false,
          describe: 'With --refresh: take addresses that are older than those in force',
        }),
    handler: async (given) => {
      const file = fileOf(given);
      if (file !== null) await refresh(context, given, file);
      else if (given.name === undefined) await list(context, given);
      else await show(context, given, given.name);
    },
  };
}
