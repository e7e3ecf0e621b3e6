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
