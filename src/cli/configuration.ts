import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { configForBotHost, explainConfig, loadConfig, type LoadedConfig } from '../config/index.ts';
import { HookwardError } from '../core/errors.ts';
import type { CliContext } from './context.ts';

const defaultFile = 'webhooks.config.yaml';

/** Where a command's configuration comes from. */
export interface ConfigSource {
  /** The file, or null where `--bot-host` stands for one. */
  readonly path: string | null;
  load(): Promise<LoadedConfig>;
}

interface Given {
  readonly config?: string | undefined;
  readonly botHost?: string | undefined;
}

/**
 * The configuration that a command line names: `--config FILE`, `--bot-host URL`, or the file of the usual name in the
 * working directory. `load` throws HookwardError `config-invalid` with every problem in its message.
 */
export function configSource(context: CliContext, given: Given): ConfigSource {
  if (given.config !== undefined && given.botHost !== undefined) {
    throw new HookwardError('usage-wrong', { message: 'Give --config or --bot-host, not both.' });
  }
  if (given.botHost !== undefined) {
    const { botHost } = given;
    return { path: null, load: () => Promise.resolve(validOrThrow(configForBotHost(botHost))) };
  }
  const path = resolve(context.cwd, given.config ?? defaultFile);
  if (given.config === undefined && !existsSync(path)) {
    throw new HookwardError('usage-wrong', {
      message: `There is no ${defaultFile} here. Name one with --config FILE, or serve with --bot-host URL.`,
    });
  }
  return { path, load: async () => validOrThrow(await loadConfig({ path, env: context.env })) };
}

function validOrThrow(loaded: Awaited<ReturnType<typeof loadConfig>>): LoadedConfig {
  if (loaded.ok) return loaded;
  throw new HookwardError('config-invalid', {
    message: explainConfig(loaded.problems, loaded.problems[0]?.file ?? ''),
  });
}
