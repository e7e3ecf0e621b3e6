import { Presets, SingleBar } from 'cli-progress';
import type { CommandModule } from 'yargs';
import type { VerifyProgress } from '../../app/index.ts';
import { HookwardError } from '../../core/errors.ts';
import { configSource } from '../configuration.ts';
import type { CliContext, CommonArguments } from '../context.ts';
import { reportText } from '../verify/report.ts';

type VerifyArguments = CommonArguments & { readonly repair: boolean };

/** Shows how far it has come: a bar for people, a line for each step otherwise. */
function progressFor({ terminal }: CliContext) {
  const format = '{step} {bar} {percentage}% of {total} bytes';
  const bar = terminal.interactive
    ? new SingleBar({ format, stream: process.stderr }, Presets.shades_classic)
    : null;
  let shown: VerifyProgress['step'] | null = null;
  return {
    show({ step, done, total }: VerifyProgress): void {
      if (step !== shown && bar === null) terminal.note(`${step} the log (${String(total)} bytes)`);
      if (step !== shown) bar?.start(total, done, { step });
      shown = step;
      bar?.setTotal(total);
      bar?.update(done);
    },
    end: () => bar?.stop(),
  };
}

async function verify(context: CliContext, given: VerifyArguments): Promise<void> {
  const { terminal } = context;
  const { config } = await configSource(context, given).read();
  const { verifyConfiguredLog } = await import('../../app/index.ts');
  const progress = progressFor(context);
  const { found, mended } = await verifyConfiguredLog(config, {
    repair: given.repair,
    onProgress: (step) => progress.show(step),
  }).finally(() => progress.end());
  if (given.json) terminal.print(JSON.stringify({ found, mended }));
  else {
    terminal.print(reportText(found));
    if (mended !== null) {
      terminal.print(`\nMended. The log is kept as it was in ${mended.backup}; there is now:\n`);
      terminal.print(reportText(mended.after));
    }
  }
  if ((mended?.after ?? found).isSound) return;
  throw new HookwardError('log-damaged', {
    message: given.repair
      ? 'The log is damaged still. Restore a backup.'
      : 'The log is damaged. Nothing was changed: `hookward verify --repair` mends it and keeps a copy of it as it is.',
  });
}

/** `hookward verify`: reads the whole log, with the server stopped, and mends it where that is asked for. */
export function verifyCommand(context: CliContext): CommandModule<CommonArguments, VerifyArguments> {
  return {
    command: 'verify',
    describe: 'Read the whole log and say what is damaged or missing; the server must be stopped',
    builder: (yargs) =>
      yargs.option('repair', {
        boolean: true,
        default: false,
        describe: 'Mend it: leave out what cannot be read, make indexes and counters anew, keep the old one',
      }),
    handler: (given) => verify(context, given),
  };
}
