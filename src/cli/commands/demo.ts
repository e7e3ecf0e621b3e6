import type { CommandModule } from 'yargs';
import type { CliContext, CommonArguments } from '../context.ts';

type DemoArguments = CommonArguments & { readonly check: boolean };

/** `hookward demo`: the whole story on this machine, with real requests and no set-up. */
export function demoCommand(
  context: CliContext,
  version: string,
): CommandModule<CommonArguments, DemoArguments> {
  return {
    command: 'demo',
    describe: 'Show what Hookward does, with an example bot host on this machine',
    builder: (yargs) =>
      yargs.option('check', {
        boolean: true,
        default: false,
        describe: 'Run the story by itself and check every step',
      }),
    handler: async (given) => {
      const { tellStory } = await import('../demo/tellStory.ts');
      const steps = await tellStory(context, version);
      context.terminal.print(`\n${String(steps)} of ${String(steps)} steps went as told.`);
      if (!given.check) context.terminal.note('Everything above was real; the log is gone again.');
    },
  };
}
