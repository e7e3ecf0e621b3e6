import type { TestContext } from 'node:test';
import { systemClock } from '../../../../src/app/system.ts';
import type { AnswerHead, AnswerWriter } from '../../../../src/core/answer.ts';
import type { AttemptOutcome } from '../../../../src/core/attempt.ts';
import type { Clock } from '../../../../src/core/clock.ts';
import type { CapturedRequest } from '../../../../src/core/webhook.ts';
import type { BotHostTarget, Forwarder } from '../../../../src/forward/contract.ts';
import { createUndiciForwarder } from '../../../../src/forward/undiciForwarder.ts';
import type { RawBotHost } from './botHost.ts';
import { rawBotHost, targetOf } from './botHost.ts';

/** A POST with a small JSON body, changed as the test needs. */
export function requestOf(changes: Partial<CapturedRequest> = {}): CapturedRequest {
  return {
    method: 'POST',
    target: '/hook',
    headers: ['Host', 'public.example', 'Content-Type', 'application/json', 'Content-Length', '2'],
    body: Buffer.from('{}'),
    ip: '203.0.113.7',
    scheme: 'https',
    ...changes,
  };
}

/** A started forwarder that the test stops at its end. */
export async function startedForwarder(
  t: TestContext,
  params: { readonly botHosts?: readonly BotHostTarget[]; readonly clock?: Clock; readonly ca?: string } = {},
): Promise<Forwarder> {
  const { botHosts = [], clock = systemClock, ca } = params;
  const forwarder = createUndiciForwarder({
    botHosts,
    clock,
    headerPrefix: () => 'hookward',
    ...(ca === undefined ? {} : { ca }),
  });
  await forwarder.start();
  t.after(() => forwarder.stop(0));
  return forwarder;
}

/** A raw bot host and a forwarder before it, both ended with the test. */
export async function road(
  t: TestContext,
  params: {
    readonly answering?: Parameters<typeof rawBotHost>[0];
    readonly target?: Partial<BotHostTarget>;
    readonly clock?: Clock;
    readonly path?: string;
  } = {},
): Promise<{ host: RawBotHost; target: BotHostTarget; forwarder: Forwarder; send: Sender }> {
  const host = await rawBotHost(params.answering);
  const target = targetOf(host.url + (params.path ?? ''), params.target);
  const forwarder = await startedForwarder(t, {
    botHosts: [target],
    ...(params.clock ? { clock: params.clock } : {}),
  });
  t.after(() => host.close());
  const send: Sender = (request, more = {}) =>
    forwarder.send({ botHost: target, request, signed: [], onHead: () => null, ...more });
  return { host, target, forwarder, send };
}

type SendParams = Parameters<Forwarder['send']>[0];

/** Sends one request; `more` overrides what is sent along. */
export type Sender = (request: CapturedRequest, more?: Partial<SendParams>) => Promise<AttemptOutcome>;

/** A writer that records; `room` says whether each write leaves room. */
export interface RecordingWriter extends AnswerWriter {
  readonly head: () => AnswerHead | null;
  readonly bytes: () => Buffer;
  readonly ending: () => 'end' | 'abort' | null;
  /** Lets a paused source go on. */
  drain(): void;
  gone: boolean;
  readonly onHead: (head: AnswerHead) => AnswerWriter;
}

/** Makes a recording writer. */
export function recordingWriter(room: () => boolean = () => true): RecordingWriter {
  const chunks: Uint8Array[] = [];
  let head: AnswerHead | null = null;
  let ending: 'end' | 'abort' | null = null;
  let resume: (() => void) | null = null;
  const writer: RecordingWriter = {
    gone: false,
    write(chunk) {
      chunks.push(Uint8Array.from(chunk));
      return room();
    },
    onDrain(next) {
      resume = next;
    },
    end() {
      ending = 'end';
    },
    abort() {
      ending = 'abort';
    },
    drain() {
      const next = resume;
      resume = null;
      next?.();
    },
    head: () => head,
    bytes: () => Buffer.concat(chunks),
    ending: () => ending,
    onHead(given) {
      head = given;
      return writer;
    },
  };
  return writer;
}
