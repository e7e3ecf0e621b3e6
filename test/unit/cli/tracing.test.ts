// When the command line loads OpenTelemetry's SDK, and what it says where that does not work.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { trace } from '@opentelemetry/api';
import { asksForTraces, startTracing, type SdkModule } from '../../../src/cli/tracing.ts';
import { registerFakeTelemetry } from '../../support/fakeTelemetry.ts';

const asking = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('the environment', () => {
  const cases: readonly [env: Record<string, string>, asks: boolean][] = [
    [{}, false],
    [{ OTEL_SERVICE_NAME: 'hooks' }, false],
    [asking, true],
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }, false],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, true],
    [{ OTEL_TRACES_EXPORTER: 'console' }, true],
    [{ OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ ...asking, OTEL_TRACES_EXPORTER: 'none' }, false],
    [{ ...asking, OTEL_SDK_DISABLED: 'true' }, false],
    [{ ...asking, OTEL_SDK_DISABLED: 'True' }, false],
    [{ ...asking, OTEL_SDK_DISABLED: 'false' }, true],
  ];
  for (const [env, asks] of cases) {
    test(`${JSON.stringify(env)} ${asks ? 'asks' : 'does not ask'} for traces`, () => {
      assert.equal(asksForTraces(env), asks);
    });
  }
});

/** An SDK whose `start` does what is given; `told` is what it was made with, and how often it was shut down. */
function fakeSdk(start: () => void) {
  const told = { options: null as object | null, shutdowns: 0 };
  class NodeSDK {
    constructor(options: object) {
      told.options = options;
    }
    start(): void {
      start();
    }
    shutdown(): Promise<void> {
      told.shutdowns += 1;
      return Promise.resolve();
    }
  }
  return { told, load: () => Promise.resolve<SdkModule>({ NodeSDK }) };
}

const nothing = () => undefined;

describe('tracing', () => {
  test('loads nothing where nobody asks for it', async () => {
    const load = () => Promise.reject(new Error('it was loaded'));
    const { tracer, problem } = await startTracing({}, '1.2.3', load);
    assert.deepEqual([tracer, problem], [null, null]);
  });

  test('starts the SDK for traces alone, and shuts it down in the end', async (t) => {
    t.after(() => trace.disable());
    const { told, load } = fakeSdk(() => void registerFakeTelemetry());
    const tracing = await startTracing(asking, '1.2.3', load);
    assert.ok(tracing.tracer);
    assert.equal(tracing.problem, null);
    assert.deepEqual(told.options, {
      serviceName: 'hookward',
      instrumentations: [],
      metricReaders: [],
      logRecordProcessors: [],
    });
    assert.equal(told.shutdowns, 0);
    await tracing.stop();
    assert.equal(told.shutdowns, 1);
  });

  for (const named of [
    { OTEL_SERVICE_NAME: 'hooks' },
    { OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=prod, service.name=hooks' },
  ]) {
    test(`leaves the service’s name to ${Object.keys(named).join()}`, async () => {
      const { told, load } = fakeSdk(nothing);
      await startTracing({ ...asking, ...named }, '1.2.3', load);
      assert.ok(told.options !== null && !('serviceName' in told.options));
    });
  }

  test('says that the SDK is not installed, and how it is', async () => {
    const { tracer, problem } = await startTracing(asking, '1.2.3');
    assert.equal(tracer, null);
    assert.match(problem ?? '', /not installed: npm install @opentelemetry\/sdk-node$/);
  });

  test('says that an SDK has registered nothing that can be seen, and ends it', async () => {
    const { told, load } = fakeSdk(nothing);
    const { tracer, problem } = await startTracing(asking, '1.2.3', load);
    assert.equal(tracer, null);
    assert.match(problem ?? '', /has registered nothing that Hookward can see/);
    assert.equal(told.shutdowns, 1);
  });

  test('says why an SDK does not start', async () => {
    const { load } = fakeSdk(() => {
      throw new Error('no such protocol');
    });
    const { tracer, problem } = await startTracing(asking, '1.2.3', load);
    assert.equal(tracer, null);
    assert.match(problem ?? '', /does not start: no such protocol$/);
  });
});
