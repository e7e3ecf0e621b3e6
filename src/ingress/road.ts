// The way of a webhook up to the append, and who answers: read `walk` from top to bottom. Each stage gives its result or
// a Refusal; what the socket and the header alone can tell is told before a byte of body is read.
import { acceptArrival } from './accept.ts';
import { brokenOff, receiveBody } from './body.ts';
import { findClient } from './client.ts';
import type { Exchange } from './exchange.ts';
import { answeredBy, passGate, passRouteGate } from './gate.ts';
import type { InFlight } from './inFlight.ts';
import { checkLink } from './link.ts';
import { checkMessage, type Message } from './message.ts';
import { answerOptions, checkMethod } from './method.ts';
import { passOn } from './passOn.ts';
import { isFixedInForm, isFixedInQuery } from './pinned.ts';
import type { IngressDeps } from './ports.ts';
import { Refusal } from './refusals.ts';
import type { RouteMatch } from './routeTable.ts';
import type { IngressRoute, IngressSettings } from './settings.ts';

/** Takes one request all the way. Never rejects: whatever happens, the caller is answered or the connection closed. */
export async function takeRequest(deps: IngressDeps, inFlight: InFlight, exchange: Exchange): Promise<void> {
  try {
    const refusal = await walk(deps, inFlight, exchange);
    if (refusal !== null) refuse(deps, exchange, refusal);
  } catch (error) {
    deps.observer.failed(error);
    if (exchange.response.headersSent) exchange.breakOff();
    else refuse(deps, exchange, Refusal.of('internal-error'));
  }
}

function refuse(deps: IngressDeps, exchange: Exchange, refusal: Refusal): void {
  if (exchange.isOver) return;
  deps.metrics.refused(refusal.code);
  exchange.refuse(refusal);
}

function routeOf({ routes }: IngressSettings, { target, pathEnd }: Message): RouteMatch<IngressRoute> | null {
  return routes.match(target.slice(0, pathEnd));
}

/** The stages in their order. Null: the request has been answered, or whoever has it now will answer. */
async function walk(deps: IngressDeps, inFlight: InFlight, exchange: Exchange): Promise<Refusal | null> {
  const settings = deps.settings.current;
  const { limits } = settings;

  const message = checkMessage(exchange, limits);
  if (message instanceof Refusal) return message;

  const client = findClient(deps, exchange.request, exchange.peer);
  if (client instanceof Refusal) return client;

  const gated = passGate(deps, client);
  const admission = gated instanceof Promise ? await gated : gated;
  if (admission instanceof Refusal) return answeredBy(routeOf(settings, message)?.route, admission);

  const match = routeOf(settings, message);
  if (match === null) return passOn(deps, settings.passThrough !== null, { exchange, client, admission });
  const { route } = match;
  if (route.cors !== null) exchange.answerHeaders = route.cors.answerHeaders(message.origin);

  const asked = checkMethod(exchange.request.method, route);
  if (asked instanceof Refusal) return asked;

  const routeGated = passRouteGate(deps, client, { route: route.name, exempt: admission.exempt });
  const routeAdmission = routeGated instanceof Promise ? await routeGated : routeGated;
  if (routeAdmission instanceof Refusal) return answeredBy(route, routeAdmission);
  if (admission.wouldRefuse || routeAdmission.wouldRefuse) deps.metrics.whitelistReported(route.name);

  if (asked.method === 'OPTIONS') return answerOptions(exchange, asked.cors, message.origin);

  const link = checkLink(deps, match, message.target);
  if (link instanceof Refusal) return link;
  if (isFixedInQuery(route.pinned, message)) return Refusal.of('parameter-fixed');

  const receiving = receiveBody(exchange, { bodyBytesMax: route.bodyBytesMax, inFlight, limits });
  const body = receiving instanceof Promise ? await receiving : receiving;
  if (body instanceof Refusal) return body;
  if (body === brokenOff) return null;
  const endedAt = deps.clock.monotonic();

  const headers = exchange.request.rawHeaders;
  if (isFixedInForm(route.pinned, headers, body)) return Refusal.of('parameter-fixed');

  const { target, pathEnd } = message;
  const { address, scheme } = client;
  return acceptArrival(deps, {
    exchange,
    settings,
    route,
    request: { method: asked.method, target, headers, body, ip: address.text, scheme },
    pathEnd,
    link,
    receivedAt: deps.clock.now(),
    endedAt,
    waiting: inFlight.waiting,
  });
}
