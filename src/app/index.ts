export { createHookward, type Hookward, type HookwardParts } from './hookward.ts';
export { inspectConfig, type ConfigFinding } from './inspect.ts';
export type { LogSink } from './logger.ts';
export { makeLink } from './links.ts';
export { openOffline } from './offline.ts';
export { assertUsable } from './settings.ts';
export { systemClock, systemRandom } from './system.ts';
export { createTracer } from './tracing.ts';
