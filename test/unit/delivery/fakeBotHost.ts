// Bot hosts behind a fake forwarder: each attempt waits until the test answers it, or is answered by a rule.
import type { AnswerWriter } from '../../../src/core/answer.ts';
import type { AttemptOutcome, FailureCause } from '../../../src/core/attempt.ts';
import type { CapturedRequest } from '../../../src/core/webhook.ts';
import type { Forwarder } from '../../../src/forward/index.ts';

type SendParams = Parameters<Forwarder['send']>[0];

/** One attempt that the fake bot host has received. */
export interface Received {
  readonly botHost: string;
  readonly request: CapturedRequest;
  readonly signed: readonly string[];
  /** Shows the head; what it returns is where the body goes. */
  head(status: number, headers?: readonly string[]): AnswerWriter | null;
  /** Shows the head if it was not shown, sends `body` and ends. */
  answer(status: number, headers?: readonly string[], body?: string): void;
  fail(cause: FailureCause): void;
  /** Ends with an error, as only a bug would. */
  reject(error: Error): void;
  readonly ended: boolean;
}

export type Rule = (received: Received) => void;

export interface FakeForwarder extends Pick<Forwarder, 'send'> {
  /** In order of arrival. */
  readonly received: Received[];
  /** Attempts under way, now and at most, by bot host. */
  underWay(botHost: string): number;
  peak(botHost: string): number;
  /** Answers every attempt from now on; null: they wait for the test. */
  rule: Rule | null;
  to(botHost: string): Received[];
}

function receivedFrom(params: SendParams, end: (outcome: AttemptOutcome | Error) => void): Received {
  let ended = false;
  let shown: { status: number; headers: readonly string[]; writer: AnswerWriter | null } | null = null;
  const finish = (outcome: AttemptOutcome | Error) => {
    if (ended) return;
    ended = true;
    end(outcome);
  };
  const head = (status: number, headers: readonly string[] = []) => {
    shown ??= { status, headers, writer: params.onHead({ status, headers }) };
    return shown.writer;
  };
  params.signal?.addEventListener('abort', () =>
    finish({ kind: 'failed', cause: 'interrupted', detail: 'aborted' }),
  );
  return {
    botHost: params.botHost.name,
    request: params.request,
    signed: params.signed,
    get ended() {
      return ended;
    },
    head,
    answer(status, headers = [], body = '') {
      const writer = head(status, headers);
      const bytes = Buffer.from(body);
      writer?.write(bytes);
      writer?.end();
      finish({ kind: 'answered', status, headers, body: bytes, bodyTruncated: false, complete: true });
    },
    fail(cause) {
      shown?.writer?.abort();
      finish({ kind: 'failed', cause, detail: cause });
    },
    reject: (error) => finish(error),
  };
}

export function fakeForwarder(): FakeForwarder {
  const received: Received[] = [];
  const underWay = new Map<string, number>();
  const peak = new Map<string, number>();
  const forwarder: FakeForwarder = {
    received,
    rule: null,
    underWay: (botHost) => underWay.get(botHost) ?? 0,
    peak: (botHost) => peak.get(botHost) ?? 0,
    to: (botHost) => received.filter((one) => one.botHost === botHost),
    send(params) {
      const { name } = params.botHost;
      const now = (underWay.get(name) ?? 0) + 1;
      underWay.set(name, now);
      peak.set(name, Math.max(now, peak.get(name) ?? 0));
      return new Promise((resolve, reject) => {
        const one = receivedFrom(params, (outcome) => {
          underWay.set(name, (underWay.get(name) ?? 0) - 1);
          if (outcome instanceof Error) reject(outcome);
          else resolve(outcome);
        });
        received.push(one);
        forwarder.rule?.(one);
      });
    },
  };
  return forwarder;
}
