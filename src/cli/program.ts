import yargs from 'yargs';
import { HookwardError, operatorErrors, type OperatorErrorCode } from '../core/errors.ts';
import { accessCommand } from './commands/access.ts';
import { checkCommand } from './commands/check.ts';
import { demoCommand } from './commands/demo.ts';
import { keysCommand } from './commands/keys.ts';
import { listCommand } from './commands/list.ts';
import { cancelCommand, replayCommand } from './commands/operate.ts';
import { sendersCommand } from './commands/senders.ts';
import { serveCommand } from './commands/serve.ts';
import { showCommand } from './commands/show.ts';
import { statusCommand } from './commands/status.ts';
import { urlCommand } from './commands/url.ts';
import { verifyCommand } from './commands/verify.ts';
import type { CliContext } from './context.ts';

/** Exit code of an error that is not in the catalogue: a bug of ours. */
const bugExitCode = 1;

const exitCodesText = [
  'Exit codes: 0 done, 1 a bug, 2 configuration or usage, 3 a listener cannot be opened, 4 the log, ',
  '5 the server, 6 not found or not allowed by its state, 7 the demo, 130 interrupted.',
].join('');

/** A repeated option would arrive as an array: refuse it rather than guess. */
function refuseRepeats(given: Record<string, unknown>): true {
  for (const [name, value] of Object.entries(given)) {
    if (Array.isArray(value) && name !== '_' && name !== 'ids') {
      throw new HookwardError('usage-wrong', { message: `--${name} is given more than once.` });
    }
    if (typeof value === 'number' && Number.isNaN(value)) {
      throw new HookwardError('usage-wrong', { message: `--${name} takes a number.` });
    }
  }
  return true;
}

function createParser(context: CliContext, version: string) {
  return yargs()
    .scriptName('hookward')
    .usage(
      '$0 <command>\n\nA reverse proxy for webhooks that is durable before it forwards, and still answers.',
    )
    .version(version)
    .option('config', {
      alias: 'c',
      string: true,
      describe: 'Configuration file (default: webhooks.config.yaml)',
    })
    .option('json', { boolean: true, default: false, describe: 'Output for scripts' })
    .option('admin', {
      string: true,
      describe: "The running server's admin address (default: from the configuration)",
    })
    .command(serveCommand(context, version))
    .command(checkCommand(context))
    .command(urlCommand(context))
    .command(listCommand(context))
    .command(showCommand(context))
    .command(replayCommand(context))
    .command(cancelCommand(context))
    .command(accessCommand(context))
    .command(statusCommand(context))
    .command(sendersCommand(context))
    .command(verifyCommand(context))
    .command(keysCommand(context))
    .command(demoCommand(context, version))
    .completion('completion', 'Print a shell completion script')
    .demandCommand(1, 'Name a command.')
    .strict()
    .recommendCommands()
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'duplicate-arguments-array': true,
    })
    .check(refuseRepeats)
    .epilogue(exitCodesText)
    .wrap(100)
    .exitProcess(false);
}

function exitCodeOf(error: HookwardError): number {
  const { code } = error;
  return Object.hasOwn(operatorErrors, code)
    ? operatorErrors[code as OperatorErrorCode].exitCode
    : bugExitCode;
}

/** Runs one command line and resolves to the exit code. Never rejects. */
export async function run(argv: readonly string[], context: CliContext, version: string): Promise<number> {
  const { terminal } = context;
  try {
    await createParser(context, version)
      .fail((message: string, error: Error | undefined) => {
        // A failed check or an unknown option comes as a message, a failed command as its own error.
        throw error ?? new HookwardError('usage-wrong', { message: `${message} See hookward --help.` });
      })
      .parseAsync([...argv]);
    return 0;
  } catch (error) {
    if (error instanceof HookwardError) {
      terminal.note(`hookward: ${error.message}`);
      return exitCodeOf(error);
    }
    terminal.note(`hookward: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return bugExitCode;
  }
}
