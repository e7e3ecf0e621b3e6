import { HookwardError } from '../../core/errors.ts';
import { configSource } from '../configuration.ts';
import type { CliContext, CommonArguments } from '../context.ts';
import { isServerThere, remoteTarget, type AdminAddress } from './remote.ts';
import type { Target } from './target.ts';

const tokenVariable = 'HOOKWARD_ADMIN_TOKEN';

/**
 * The log to work on: a running server's where one answers, otherwise the configured log itself, which then nobody else
 * holds. Never creates a log.
 *
 * @throws HookwardError `server-unreachable`, `log-locked`, `log-not-found`, `config-invalid` ...
 */
export async function openTarget(context: CliContext, given: CommonArguments): Promise<Target> {
  const token = context.env[tokenVariable] ?? null;
  if (given.admin !== undefined) return remoteTarget({ url: checkedUrl(given.admin), token });
  const { config } = await configSource(context, given).read();
  const { host, port } = config.admin;
  const admin: AdminAddress = {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${String(port)}`,
    token,
  };
  if (port !== 0 && (await isServerThere(admin))) return remoteTarget(admin);
  try {
    const { offlineTarget } = await import('./offline.ts');
    return await offlineTarget(config);
  } catch (error) {
    if (error instanceof HookwardError && error.code === 'log-locked') {
      throw new HookwardError('server-unreachable', {
        message:
          `The log in ${config.log.dir} is held by a running server, but none answers at ${admin.url}. ` +
          'Name its admin address with --admin URL.',
        cause: error,
      });
    }
    throw error;
  }
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^https?:$/.test(url.protocol)) return url.origin;
  throw new HookwardError('usage-wrong', {
    message: '--admin takes an address such as http://127.0.0.1:8081.',
  });
}
