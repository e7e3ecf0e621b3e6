// Everything that http-proxy 1.18.1 does here, and the only file that knows it. The package has holes that will stay open
// (its last release is of 2020), so it gets little to do: it sends a request whose head was judged and written anew
// before, and it splices WebSockets. Each hole is closed before `web()` or `ws()` is called:
//
// - chunked DELETE and OPTIONS are smuggled (CVE-2026-29057), an empty Transfer-Encoding passes beside a length, `..`,
//   `\`, absolute targets and two Hosts pass, slashes are merged: refused by the guard, and the path is set by us;
// - `Expect: 100-continue` skips `proxyReq`, so that what is stripped there is not: headers are replaced on the request;
// - hop-by-hop headers and forged copies of ours pass: filtered, both ways;
// - connections to the bot host stay open when callers hang up: we destroy them;
// - an answer that breaks off leaves the caller waiting for ever, a refused upgrade's chunks lose their frame: we relay
//   answers ourselves;
// - an error of a socket without a listener ends the process: each has one.
import { ClientRequest } from 'node:http';
import type { Agent, IncomingMessage, ServerResponse } from 'node:http';
import { Stream } from 'node:stream';
import type { Duplex } from 'node:stream';
import httpProxy from 'http-proxy';
import type { Clock } from '../core/clock.ts';
import type { RefusalCode } from '../core/errors.ts';
import type { BotHostAddress } from './botHostAddress.ts';
import { botHostAddress } from './botHostAddress.ts';
import type {
  BotHostTarget,
  PassThrough,
  PassThroughFacts,
  PassThroughObserver,
  PassThroughRefusal,
} from './contract.ts';
import { refusalOf, upgradeRefusalOf } from './passThroughGuard.ts';
import type { HeaderObject } from './passThroughHeaders.ts';
import { passThroughHeaders, upgradeHeaders } from './passThroughHeaders.ts';
import { answerWithProblem, writeProblem } from './problemAnswer.ts';
import { underwayOf } from './underway.ts';
import { agentOf, endSocket } from './upstream.ts';
import { WebPassage } from './webPassage.ts';
import { WebSocketPassage } from './webSocketPassage.ts';

/** The bot host behind, as the configuration has it now. */
interface Behind {
  readonly target: BotHostTarget;
  readonly address: BotHostAddress;
  readonly agent: Agent;
}

/**
 * Makes the pass-through. `attemptTimeout` of the bot host bounds the wait for an answer, and any silence in it;
 * `concurrency` the connections for plain requests. A WebSocket may be silent for as long as both sides like.
 */
export function createPassThrough(params: {
  /** The bot host that gets what is passed through; null: none, and everything is answered `no-route`. */
  readonly botHost: () => BotHostTarget | null;
  /** Prefix of our own headers, as it is now: forged copies are left out. */
  readonly headerPrefix: () => string;
  readonly observer: PassThroughObserver;
  readonly clock: Clock;
  /** Certificates (PEM) that the bot host's is checked against instead of the system's. */
  readonly ca?: string;
}): PassThrough {
  const { observer, clock } = params;
  const proxy = httpProxy.createProxyServer({ selfHandleResponse: true, toProxy: true });
  const requests = underwayOf<WebPassage>(clock);
  const webSockets = new Set<WebSocketPassage>();
  let known: Behind | null = null;
  let stopping = false;

  /** The bot host behind, or why this request does not get there. */
  function behindOf(refusal: PassThroughRefusal | null): Behind | RefusalCode {
    if (stopping) return 'shutting-down';
    const target = params.botHost();
    if (target === null) return 'no-route';
    if (refusal !== null) {
      observer.refused(refusal);
      return 'pass-through-refused';
    }
    if (known === null || known.target !== target) known = nextBehind(known, target, params.ca);
    return known;
  }

  function headersFor(request: IncomingMessage, { target, address }: Behind, facts: PassThroughFacts) {
    return { rawHeaders: request.rawHeaders, headerPrefix: params.headerPrefix(), target, address, facts };
  }

  return {
    web(request, response, facts) {
      // Gone while the gate was being asked: no more 'close' will come.
      if (response.destroyed) return;
      const behind = behindOf(refusalOf(request));
      if (typeof behind === 'string') {
        answerWithProblem(response, behind);
        return;
      }
      const { target } = behind;
      const ended = (): void => requests.delete(passage);
      const passage = new WebPassage({ request, response, target, clock, observer, ended });
      requests.add(passage);
      replaceHeaders(request, passThroughHeaders(headersFor(request, behind, facts)));
      sendOn({ proxy, request, response, behind, passage });
    },
    upgrade(request, socket, head, facts) {
      if (socket.destroyed) return;
      socket.on('error', () => undefined);
      const behind = behindOf(upgradeRefusalOf(request));
      if (typeof behind === 'string') {
        writeProblem(socket, behind);
        endSocket(socket, clock);
        return;
      }
      const { target } = behind;
      const ended = (): void => void webSockets.delete(passage);
      const passage = new WebSocketPassage({ socket, target, clock, observer, ended });
      webSockets.add(passage);
      replaceHeaders(request, upgradeHeaders(headersFor(request, behind, facts)));
      splice({ request, socket, head, behind, passage });
    },
    async stop(deadlineMs) {
      stopping = true;
      for (const passage of webSockets) passage.break();
      await requests.idleWithin(deadlineMs);
      requests.endAll((passage) => passage.break());
      known?.agent.destroy();
    },
  };
}

/** Has http-proxy send the request, whose headers are already those that the bot host is to get. */
function sendOn(params: {
  readonly proxy: httpProxy;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly behind: Behind;
  readonly passage: WebPassage;
}): void {
  const { proxy, request, response, behind, passage } = params;
  const buffer = new Upload((upstream) => {
    upstream.path = pathOf(behind, request);
    passage.sendBy(upstream);
  });
  try {
    proxy.web(request, response, { ...optionsOf(behind), buffer }, (error) => passage.fail(error));
  } catch (error) {
    passage.fail(error);
  }
}

/** Has http-proxy ask for a WebSocket and join both sides. */
function splice(params: {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly behind: Behind;
  readonly passage: WebSocketPassage;
}): void {
  const { request, socket, head, behind, passage } = params;
  // One for each: `proxyReqWs` is the only way to the request that http-proxy makes, and does not say for whom it is.
  const proxy = httpProxy.createProxyServer({ toProxy: true });
  const made: ClientRequest[] = [];
  proxy.on('proxyReqWs', (upstream) => {
    upstream.path = pathOf(behind, request);
    made.push(upstream);
  });
  try {
    proxy.ws(request, socket, head, optionsOf(behind), (error) => passage.fail(error));
    for (const upstream of made) passage.follow(upstream);
  } catch (error) {
    passage.fail(error);
  }
}

function pathOf({ address }: Behind, request: IncomingMessage): string {
  return address.basePath + (request.url ?? '');
}

/** Keeps the connections where the reload changed nothing about them; idle ones of an old agent end by themselves. */
function nextBehind(known: Behind | null, target: BotHostTarget, ca: string | undefined): Behind {
  const same = known?.target.url === target.url && known.target.concurrency === target.concurrency;
  if (known !== null && same) return { ...known, target };
  const address = botHostAddress(target.url);
  return { target, address, agent: agentOf(target, address, ca) };
}

function optionsOf({ address, agent }: Behind): httpProxy.ServerOptions {
  const { scheme, hostname, port } = address;
  // The path is empty here, and set on the request itself: http-proxy would merge its slashes.
  return {
    target: { protocol: `${scheme}:`, host: hostname, hostname, port: String(port) },
    agent,
    secure: true,
  };
}

/** Nothing after this can read what the caller sent: http-proxy copies the one, others might look into the other. */
function replaceHeaders(request: IncomingMessage, headers: HeaderObject): void {
  // Last first: http-proxy copies them with a loop that turns their order round.
  request.headers = Object.fromEntries(Object.entries(headers).reverse());
  request.rawHeaders = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => [name, one]),
  );
}

/**
 * What http-proxy takes for the body. It calls `pipe` with the request that it has made, at once and before a byte of it
 * is sent; no event gives that request as early, or at all where no connection is free.
 */
class Upload extends Stream {
  readonly #onUpstream: (upstream: ClientRequest) => void;

  constructor(onUpstream: (upstream: ClientRequest) => void) {
    super();
    this.#onUpstream = onUpstream;
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T): T {
    if (destination instanceof ClientRequest) this.#onUpstream(destination);
    return destination;
  }
}
