// WebSocket upgrades: only ever passed through, never a webhook. They take the same first stages as every request.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { findClient, type Client } from './client.ts';
import { passGate } from './gate.ts';
import { readHead } from './head.ts';
import type { IngressDeps } from './ports.ts';
import { refuseOnSocket } from './rawSocket.ts';
import { Refusal } from './refusals.ts';
import type { IngressSettings } from './settings.ts';
import { malformedTarget, pathEnd } from './target.ts';

/** An upgrade as Node hands it over. */
export interface Upgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  /** The first bytes after the header. */
  readonly head: Buffer;
  /** Who stands at the other end of the connection; undefined where it has gone. */
  readonly peer: string | undefined;
}

function checkUpgrade(
  request: IncomingMessage,
  { limits, routes, passThrough }: IngressSettings,
): Refusal | null {
  const head = readHead(request, limits.headersMax);
  if (head instanceof Refusal) return head;
  const target = request.url ?? '';
  if (target.length > limits.targetBytesMax) return Refusal.of('target-too-long');
  const end = pathEnd(target);
  // A handshake has no body; one that is announced would be read as frames.
  if (end === malformedTarget || head.hasBody) return Refusal.of('malformed-request');
  // The path of a route is the road's alone.
  const isRouteless = routes.match(target.slice(0, end)) === null;
  return isRouteless && passThrough?.webSockets === true ? null : Refusal.of('no-route');
}

async function walk(deps: IngressDeps, upgrade: Upgrade, isStopping: boolean): Promise<Client | Refusal> {
  if (isStopping) return Refusal.of('shutting-down');
  const client = findClient(deps, upgrade.request, upgrade.peer);
  if (client instanceof Refusal) return client;
  const admission = await passGate(deps, client);
  if (admission instanceof Refusal) return admission;
  if (admission.wouldRefuse) deps.metrics.whitelistReported(null);
  return checkUpgrade(upgrade.request, deps.settings.current) ?? client;
}

/** Passes an upgrade through, or refuses it and closes. Never rejects. */
export async function takeUpgrade(deps: IngressDeps, upgrade: Upgrade, isStopping: boolean): Promise<void> {
  const { request, socket, head } = upgrade;
  const refuse = (refusal: Refusal) => {
    deps.metrics.refused(refusal.code);
    refuseOnSocket(socket, refusal, deps.clock);
  };
  try {
    const client = await walk(deps, upgrade, isStopping);
    if (client instanceof Refusal) refuse(client);
    else if (deps.passThrough === null) refuse(Refusal.of('no-route'));
    else {
      deps.metrics.passedThrough();
      deps.passThrough.upgrade(request, socket, head, { ip: client.address.text, scheme: client.scheme });
    }
  } catch (error) {
    deps.observer.failed(error);
    refuse(Refusal.of('internal-error'));
  }
}
