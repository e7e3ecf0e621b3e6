// Export of spans by OpenTelemetry's own variables and SDK: loaded only where they ask for it, and never in the way of
// the server's start.
import type { Tracer } from '../core/tracing.ts';
import type { CliContext } from './context.ts';

const sdkPackage = '@opentelemetry/sdk-node';

/** What is used of the SDK; it reads the rest of the OTEL_* variables itself. */
interface Sdk {
  start(): void;
  shutdown(): Promise<void>;
}

/** Traces alone: numbers are Prometheus's (`/metrics`), lines go to standard output. */
interface SdkOptions {
  readonly serviceName?: string;
  readonly instrumentations: readonly [];
  readonly metricReaders: readonly [];
  readonly logRecordProcessors: readonly [];
}

/** What the SDK's package exports. */
export interface SdkModule {
  readonly NodeSDK: new (options: SdkOptions) => Sdk;
}

/** What came of the wish to trace. */
export interface Tracing {
  /** Null: nothing is traced. */
  readonly tracer: Tracer | null;
  /** Why not, though it was asked for; null where all is as wished. */
  readonly problem: string | null;
  /** Sends what is left. Rejects where the receiver does not take it. */
  stop(): Promise<void>;
}

/** Any of these, not empty, asks for traces. */
const asking = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_TRACES_EXPORTER',
] as const;

/** Whether the standard variables ask for traces (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). */
export function asksForTraces(env: CliContext['env']): boolean {
  const word = (name: string) => env[name]?.trim().toLowerCase() ?? '';
  if (word('OTEL_SDK_DISABLED') === 'true' || word('OTEL_TRACES_EXPORTER') === 'none') return false;
  return asking.some((name) => word(name) !== '');
}

/** A service's name of the operator's own stands. */
function serviceName(env: CliContext['env']): Pick<SdkOptions, 'serviceName'> {
  const isNamed =
    (env['OTEL_SERVICE_NAME'] ?? '') !== '' ||
    /(?:^|,)\s*service\.name\s*=/.test(env['OTEL_RESOURCE_ATTRIBUTES'] ?? '');
  return isNamed ? {} : { serviceName: 'hookward' };
}

/** By a name in a variable: the compiler must not ask for a package that need not be there. */
async function loadSdk(): Promise<SdkModule> {
  return (await import(sdkPackage)) as SdkModule;
}

const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  error.code === 'ERR_MODULE_NOT_FOUND' &&
  error.message.includes(sdkPackage);

const off = (problem: string | null): Tracing => ({ tracer: null, problem, stop: () => Promise.resolve() });

/**
 * Starts the SDK where the environment asks for traces. Never rejects: a server without traces is better than none.
 *
 * @param load Brings the SDK's package.
 */
export async function startTracing(
  env: CliContext['env'],
  version: string,
  load: () => Promise<SdkModule> = loadSdk,
): Promise<Tracing> {
  if (!asksForTraces(env)) return off(null);
  try {
    const { NodeSDK } = await load();
    const sdk = new NodeSDK({
      ...serviceName(env),
      instrumentations: [],
      metricReaders: [],
      logRecordProcessors: [],
    });
    sdk.start();
    const { createTracer } = await import('../app/index.ts');
    const tracer = createTracer(version);
    if (tracer !== null) return { tracer, problem: null, stop: () => sdk.shutdown() };
    await sdk.shutdown();
    return off(
      `OTEL_* variables ask for traces, but ${sdkPackage} has registered nothing that Hookward can see: OTEL_LOG_LEVEL=debug tells why`,
    );
  } catch (error) {
    if (isMissing(error))
      return off(
        `OTEL_* variables ask for traces, but ${sdkPackage} is not installed: npm install ${sdkPackage}`,
      );
    const words = error instanceof Error ? error.message : String(error);
    return off(`OTEL_* variables ask for traces, but ${sdkPackage} does not start: ${words}`);
  }
}
