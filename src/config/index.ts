export type { FileReader, ReadFile } from './load/files.ts';
export { nearest } from './guess.ts';
export type { InspectFinding, InvalidConfig, LoadedConfig, LoadParams, LoadResult } from './load/load.ts';
export { configForBotHost, loadConfig } from './load/load.ts';
export type { ConfigNotice, ConfigProblem } from './problems.ts';
export { explainConfig } from './problems.ts';
export type { ConfigDiff } from './reload/diff.ts';
export { diffConfig } from './reload/diff.ts';
export type { ConfigWatcher, WatchParams } from './reload/watch.ts';
export { watchConfig } from './reload/watch.ts';
export type {
  AccessConfig,
  AdminRole,
  AdminToken,
  BotHostConfig,
  Config,
  ConfigInput,
  LimitsConfig,
  RateLimitConfig,
  RouteConfig,
  WhitelistConfig,
} from './schema/config.ts';
export { configSchema } from './schema/config.ts';
export { parseDuration, parseSize } from './schema/units.ts';
export { redacted, secretValues } from './secrets.ts';
