import type { CommandModule } from 'yargs';
import type { Hookward } from '../../app/index.ts';
import { watchConfig, type ConfigWatcher } from '../../config/index.ts';
import type { ConfigSource } from '../configuration.ts';
import { configSource } from '../configuration.ts';
import type { Clock } from '../../core/clock.ts';
import type { CliContext, CommonArguments } from '../context.ts';
import { startTracing, type Tracing } from '../tracing.ts';

type ServeArguments = CommonArguments & {
  readonly botHost?: string | undefined;
  readonly watch: boolean;
  readonly pretty?: boolean | undefined;
};

/** Whether to log for people: what the command line asks for, else people on a screen; null: as the configuration says. */
function prettyFor({ terminal }: CliContext, { pretty, json }: ServeArguments): boolean | null {
  if (json) return false;
  return pretty ?? (terminal.isScreen ? true : null);
}

/** Loads the configuration again and puts it in force as a whole, or says why not and changes nothing. */
async function reload(
  source: ConfigSource,
  hookward: Hookward,
  watcher: ConfigWatcher | null,
): Promise<void> {
  try {
    const { config, secrets, files } = await source.load();
    hookward.reload(config, secrets);
    watcher?.update(files);
  } catch (error) {
    hookward.reloadRefused(error);
  }
}

/**
 * The reasons to reload while the server runs: SIGHUP, and changes of the files of `watch` (null: none are watched).
 * Returns what ends the watching.
 */
function watchForReloads(
  context: CliContext,
  source: ConfigSource,
  hookward: Hookward,
  watch: { readonly files: readonly string[]; readonly clock: Clock } | null,
): () => void {
  if (source.path === null) return () => undefined;
  let watcher: ConfigWatcher | null = null;
  const again = () => void reload(source, hookward, watcher);
  if (watch !== null) {
    watcher = watchConfig({ path: source.path, ...watch, onChange: again });
  }
  context.onReloadSignal(again);
  return () => watcher?.close();
}

function tellTracing({ logger }: Hookward, { tracer, problem }: Tracing): void {
  if (problem !== null) logger.warn({ event: 'tracing-off' }, problem);
  else if (tracer !== null) logger.info({ event: 'tracing-on' }, 'spans are exported');
}

/** Spans that nobody takes are no reason to end otherwise than in order. */
async function endTracing({ logger }: Hookward, tracing: Tracing): Promise<void> {
  try {
    await tracing.stop();
  } catch (error) {
    logger.warn({ event: 'tracing-unsent', error }, 'the last spans could not be sent');
  }
}

async function serve(context: CliContext, given: ServeArguments, version: string): Promise<void> {
  // Asked for before anything is opened: from here on a signal means an orderly end.
  const { stopSignal } = context;
  const { createHookward, systemClock, systemRandom } = await import('../../app/index.ts');
  const source = configSource(context, given);
  const loaded = await source.load();
  const tracing = await startTracing(context.env, version);
  const hookward = createHookward({
    config: loaded.config,
    secrets: loaded.secrets,
    clock: systemClock,
    random: systemRandom,
    version,
    sink: { write: (line) => context.terminal.print(line.replace(/\n$/, '')) },
    pretty: prettyFor(context, given),
    tracer: tracing.tracer,
  });
  tellTracing(hookward, tracing);
  for (const { text } of loaded.notices) hookward.logger.warn(text);
  await hookward.start();
  const watch = given.watch ? { files: loaded.files, clock: systemClock } : null;
  const unwatch = watchForReloads(context, source, hookward, watch);
  const signal = await stopSignal;
  hookward.logger.info({ signal }, 'stopping');
  unwatch();
  await hookward.stop(loaded.config.limits.shutdownTimeout);
  await endTracing(hookward, tracing);
}

/** `hookward serve`: the proxy itself. */
export function serveCommand(
  context: CliContext,
  version: string,
): CommandModule<CommonArguments, ServeArguments> {
  return {
    command: 'serve',
    describe: 'Run the proxy',
    builder: (yargs) =>
      yargs
        .option('bot-host', {
          string: true,
          describe: 'Serve in front of this bot host with safe defaults, no file needed',
        })
        .option('watch', {
          boolean: true,
          default: false,
          describe: 'Reload when the configuration file changes',
        })
        .option('pretty', {
          boolean: true,
          describe:
            'Log for people instead of JSON: by itself on a terminal, unless --json or --no-pretty is given',
        }),
    handler: (given) => serve(context, given, version),
  };
}
