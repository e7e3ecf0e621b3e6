import type { CommandModule } from 'yargs';
import { HookwardError } from '../../core/errors.ts';
import { openTarget } from '../client/open.ts';
import type { CliContext, CommonArguments } from '../context.ts';

/** `hookward status`: how a running server is doing. */
export function statusCommand(context: CliContext): CommandModule<CommonArguments, CommonArguments> {
  return {
    command: 'status',
    describe: 'Show how the running server is doing',
    handler: async (given) => {
      const target = await openTarget(context, given);
      try {
        if (target.status === null) {
          throw new HookwardError('server-unreachable', {
            message: `No server runs; this is ${target.name}.`,
          });
        }
        context.terminal.print(JSON.stringify(await target.status(), null, given.json ? 0 : 2));
      } finally {
        await target.close();
      }
    },
  };
}
