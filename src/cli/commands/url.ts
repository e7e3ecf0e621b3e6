import type { CommandModule } from 'yargs';
import type { Config } from '../../config/index.ts';
import { HookwardError } from '../../core/errors.ts';
import { parseInstant } from '../client/filters.ts';
import { configSource } from '../configuration.ts';
import type { CliContext, CommonArguments } from '../context.ts';
import { parseDuration } from '../../config/index.ts';

type UrlArguments = CommonArguments & {
  readonly bot: string;
  readonly command: string;
  readonly route?: string | undefined;
  readonly scheme?: 'hookward' | 'bots-business' | undefined;
  readonly user?: string | undefined;
  readonly content?: string | undefined;
  readonly redirectTo?: string | undefined;
  readonly expires?: string | undefined;
};

/** The route that a link is for: the one named, or the only one that takes links. */
function routeFor(config: Config, named: string | undefined) {
  const linked = config.routes.filter(({ link }) => link !== 'none');
  const candidates = named === undefined ? linked : config.routes.filter(({ name }) => name === named);
  const [route] = candidates;
  if (route !== undefined && candidates.length === 1) return route;
  const names = (named === undefined ? linked : config.routes).map(({ name }) => name).join(', ');
  throw new HookwardError('usage-wrong', {
    message: `Say which route the link is for with --route${names === '' ? '; no route has `link` set' : `: ${names}`}.`,
  });
}

/** `2h` from now, or an instant. */
function expiryOf(text: string, now: number): string {
  const length = parseDuration(text);
  return new Date(length === null ? parseInstant(text, now) : now + length).toISOString();
}

/** `hookward url`: a webhook URL, made from the configuration's keys; no server is needed. */
export function urlCommand(context: CliContext): CommandModule<CommonArguments, UrlArguments> {
  return {
    command: 'url',
    describe: 'Make a webhook URL for a bot',
    builder: (yargs) =>
      yargs
        .option('bot', { string: true, demandOption: true, describe: 'The bot' })
        .option('command', {
          string: true,
          demandOption: true,
          describe: 'The command to run, e.g. /onWebhook',
        })
        .option('route', { string: true, describe: 'The route (default: the only one that takes links)' })
        .option('scheme', {
          choices: ['hookward', 'bots-business'] as const,
          describe: "Token scheme (default: the route's, hookward where it takes both)",
        })
        .option('user', { string: true, describe: 'The user; left out: a global webhook' })
        .option('content', { string: true, describe: 'Content that the command gets' })
        .option('redirect-to', { string: true, describe: 'Where the caller is sent on to' })
        .option('expires', {
          string: true,
          describe: 'A duration such as 30d, or an instant (hookward scheme)',
        }),
    handler: async (given) => {
      const { makeLink, systemRandom } = await import('../../app/index.ts');
      const { config } = await configSource(context, given).load();
      const route = routeFor(config, given.route);
      const scheme = given.scheme ?? (route.link === 'bots-business' ? 'bots-business' : 'hookward');
      const { url } = makeLink(
        {
          route: route.name,
          scheme,
          bot: given.bot,
          command: given.command,
          ...(given.user !== undefined && { user_id: given.user }),
          ...(given.content !== undefined && { content: given.content }),
          ...(given.redirectTo !== undefined && { redirect_to: given.redirectTo }),
          ...(given.expires !== undefined && { expires: expiryOf(given.expires, context.now()) }),
        },
        config,
        `http://${config.listen.host}:${String(config.listen.port)}`,
        systemRandom,
      );
      context.terminal.print(given.json ? JSON.stringify({ url, route: route.name, scheme }) : url);
      if (config.publicUrl === null)
        context.terminal.note('publicUrl is not set: the address is the listener of this machine.');
    },
  };
}
