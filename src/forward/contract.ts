import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnswerHead, AnswerWriter } from '../core/answer.ts';
import type { AttemptOutcome, FailureCause } from '../core/attempt.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { Service } from '../core/service.ts';
import type { CapturedRequest } from '../core/webhook.ts';

/** What the forwarder must know of one bot host. */
export interface BotHostTarget {
  readonly name: string;
  /** Scheme, host, port; a path is put before the path of each webhook. */
  readonly url: string;
  readonly hostHeader: 'bot-host' | 'keep';
  readonly concurrency: number;
  /** Milliseconds. */
  readonly connectTimeout: number;
  /** Milliseconds, from the start of the attempt to the end of the answer. */
  readonly attemptTimeout: number;
}

/** Sends captured requests to bot hosts, byte for byte. Never follows a redirect, never retries by itself. */
export interface Forwarder extends Service {
  /**
   * One attempt. Never rejects: every ending is an outcome. The answer's head is shown to `onHead` as soon as it is
   * there; when that returns a writer, the body is handed to it as it comes (with back-pressure), otherwise it is read
   * no further than what the outcome keeps.
   */
  send(params: {
    readonly botHost: BotHostTarget;
    readonly request: CapturedRequest;
    /** The options headers of this attempt, put last; any caller-made copy in `request` is left out. */
    readonly signed: RawHeaders;
    readonly onHead: (head: AnswerHead) => AnswerWriter | null;
    /**
     * Ends the attempt from outside (shutdown): the outcome is then `failed`, `interrupted`, or, where the answer's head
     * had already come, that answer, not `complete`.
     */
    readonly signal?: AbortSignal;
  }): Promise<AttemptOutcome>;
  /** Replaces the targets after a reload; pools of hosts that are gone end when their last attempt does. */
  retarget(botHosts: readonly BotHostTarget[]): void;
}

/** What is known of a caller whose request is passed through. */
export interface PassThroughFacts {
  /** The client's address in canonical text, behind trusted proxies. */
  readonly ip: string;
  readonly scheme: 'http' | 'https';
}

/**
 * Why a request is not passed on: TRACE, CONNECT or a method that is none of HTTP's; a target that may be read as another
 * one; not exactly one plain Host; a body whose end may be seen in two places; an upgrade to anything but a WebSocket.
 */
export type PassThroughRefusal = 'method' | 'target' | 'host' | 'framing' | 'upgrade';

/** Is told what became of passed-through requests, for metrics and logs. */
export interface PassThroughObserver {
  answered(status: number): void;
  refused(why: PassThroughRefusal): void;
  failed(cause: FailureCause, detail: string): void;
  webSocketOpened(): void;
  webSocketClosed(): void;
}

/** Passes requests that match no route to a bot host: gated before, never logged, never retried. */
export interface PassThrough {
  /** Answers the request, whatever happens. The request must not have been read from. */
  web(request: IncomingMessage, response: ServerResponse, facts: PassThroughFacts): void;
  /** Takes an upgrade (Node's `upgrade` event): WebSockets are passed on, everything else is refused. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, facts: PassThroughFacts): void;
  /** Refuses new requests, ends WebSockets, waits for requests under way and breaks them off at the deadline. */
  stop(deadlineMs: number): Promise<void>;
}
