import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  configForBotHost,
  explainConfig,
  loadConfig,
  type Config,
  type InspectFinding,
  type LoadedConfig,
} from '../config/index.ts';
import { HookwardError } from '../core/errors.ts';
import type { CliContext } from './context.ts';

const defaultFile = 'webhooks.config.yaml';

/** Where a command's configuration comes from. */
export interface ConfigSource {
  /** The file, or null where `--bot-host` stands for one. */
  readonly path: string | null;
  /** The configuration, held against what is known of senders and addresses too: fit to be served. */
  load(): Promise<LoadedConfig>;
  /** The configuration judged by itself alone, which takes none of the server's code: fit to find a server or a file. */
  read(): Promise<LoadedConfig>;
}

interface Given {
  readonly config?: string | undefined;
  readonly botHost?: string | undefined;
}

/**
 * The configuration that a command line names: `--config FILE`, `--bot-host URL`, or the file of the usual name in the
 * working directory. `load` and `read` throw HookwardError `config-invalid` with every problem in its message.
 *
 * @throws HookwardError `usage-wrong` where that is no file, or two things at once.
 */
export function configSource(context: CliContext, given: Given): ConfigSource {
  if (given.config !== undefined && given.botHost !== undefined) {
    throw new HookwardError('usage-wrong', { message: 'Give --config or --bot-host, not both.' });
  }
  if (given.botHost !== undefined) {
    const { botHost } = given;
    const load = () => Promise.resolve(validOrThrow(configForBotHost(botHost)));
    return { path: null, load, read: load };
  }
  const path = resolve(context.cwd, given.config ?? defaultFile);
  if (!isConfigNamed(context, given)) {
    throw new HookwardError('usage-wrong', {
      message: `There is no ${defaultFile} here. Name one with --config FILE, or serve with --bot-host URL.`,
    });
  }
  const { env } = context;
  return {
    path,
    load: async () => validOrThrow(await loadConfig({ path, env, inspect })),
    read: async () => validOrThrow(await loadConfig({ path, env })),
  };
}

/** Whether `configSource` has a file to go by: one that is named, or that of the usual name. */
export function isConfigNamed(context: CliContext, given: Given): boolean {
  return given.config !== undefined || existsSync(resolve(context.cwd, defaultFile));
}

/** Imported only here: the server's code takes longer to load than everything else that a command needs. */
async function inspect(config: Config): Promise<readonly InspectFinding[]> {
  const { inspectConfig } = await import('../app/index.ts');
  return inspectConfig(config);
}

function validOrThrow(loaded: Awaited<ReturnType<typeof loadConfig>>): LoadedConfig {
  if (loaded.ok) return loaded;
  throw new HookwardError('config-invalid', {
    message: explainConfig(loaded.problems, loaded.problems[0]?.file ?? ''),
  });
}
