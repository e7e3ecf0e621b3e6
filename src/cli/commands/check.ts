import type { CommandModule } from 'yargs';
import { redacted } from '../../config/index.ts';
import { configSource } from '../configuration.ts';
import type { CliContext, CommonArguments } from '../context.ts';

type CheckArguments = CommonArguments & { readonly show: boolean };

/** `hookward check`: every problem of the configuration at once. */
export function checkCommand(context: CliContext): CommandModule<CommonArguments, CheckArguments> {
  return {
    command: 'check',
    describe: 'Check the configuration; says everything that is wrong with it',
    builder: (yargs) =>
      yargs.option('show', {
        boolean: true,
        default: false,
        describe: 'Print it as it is understood, without secrets',
      }),
    handler: async (given) => {
      const { config, notices } = await configSource(context, given).load();
      const { assertUsable } = await import('../../app/index.ts');
      assertUsable(config);
      for (const { text } of notices) context.terminal.note(`note: ${text}`);
      if (given.show || given.json)
        context.terminal.print(JSON.stringify(redacted(config), null, given.json ? 0 : 2));
      else {
        const routes = config.routes.map(({ name, path, botHost }) => `${name} ${path} -> ${botHost}`);
        context.terminal.print(
          `The configuration is valid. ${String(routes.length)} route(s): ${routes.join(', ')}`,
        );
      }
    },
  };
}
