// The configuration in force as people see it: routes as they work, senders as they are known, no secret in either.
import type { RouteView, SenderView } from '../admin/index.ts';
import type { Config, RouteConfig } from '../config/index.ts';
import { senderNames, type SenderName } from '../core/senders.ts';
import type { RouteRule } from '../ingress/index.ts';
import { senderPresets, type SenderAddresses } from '../senders/index.ts';
import { fetchDocument } from './documents.ts';
import { readyRoutes } from './routes.ts';
import { senderAddressBook } from './senderAddresses.ts';

function dedupeView(dedupe: RouteRule['dedupe']): RouteView['dedupe'] {
  if (dedupe === null) return null;
  const { key, windowMs, whenDelivered } = dedupe;
  return { key, window: windowMs, whenDelivered };
}

function routeView(route: RouteConfig, { answer, dedupe }: RouteRule): RouteView {
  const { name, path, botHost, sender, secrets, forwardTo, link, rateLimit, whitelist } = route;
  const { mode, for: holdsFor, whenQueued } = answer;
  return {
    name,
    path,
    botHost,
    sender,
    verify: sender === null ? null : route.verify,
    secrets: secrets.length,
    answer: { mode, for: holdsFor, whenQueued: typeof whenQueued === 'string' ? whenQueued : 'fixed' },
    dedupe: dedupeView(dedupe),
    hasSecretTarget: forwardTo !== null,
    link,
    rateLimit,
    whitelist,
  };
}

/** Every route, in the configuration's order. */
export function viewRoutes(config: Config): readonly RouteView[] {
  const ready = readyRoutes(config, { addresses: senderAddressBook(config), documents: fetchDocument });
  const rules = new Map(ready.map(({ ingress }) => [ingress.name, ingress]));
  return config.routes.flatMap((route) => {
    const rule = rules.get(route.name);
    return rule === undefined ? [] : [routeView(route, rule)];
  });
}

function senderView(
  name: SenderName,
  known: { readonly routes: readonly string[]; readonly addresses: SenderAddresses | undefined },
): SenderView {
  const { title, signature, secret, answer, retries, eventId, notes, sources } = senderPresets[name];
  const { addresses, routes } = known;
  return {
    name,
    title,
    signature,
    secret,
    answer: { mode: answer.mode, waits: answer.waitsMs, acknowledgement: answer.acknowledgement },
    retries: { on: retries.on, schedule: retries.schedule },
    eventId,
    addresses: addresses === undefined ? null : addressesView(addresses),
    notes: notes ?? [],
    sources,
    routes,
  };
}

function addressesView({ addresses, date, source }: SenderAddresses): SenderView['addresses'] {
  return { count: addresses.length, date, source };
}

/** Every sender that there is a preset for, by name. */
export function viewSenders(config: Config): readonly SenderView[] {
  const book = senderAddressBook(config);
  return senderNames.map((name) => {
    const routes = config.routes.filter(({ sender }) => sender === name).map((route) => route.name);
    return senderView(name, { routes, addresses: book[name] });
  });
}
