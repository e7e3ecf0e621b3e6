// Brings a route's configuration and its sender's preset together: what is written stands, what is not the preset says.
import type { Config, RouteConfig } from '../config/index.ts';
import type { FixedReply } from '../core/fixedReply.ts';
import type { RouteSettings } from '../delivery/index.ts';
import type { RouteRule } from '../ingress/index.ts';
import {
  createSender,
  isCheckable,
  senderPresets,
  type DocumentSource,
  type SenderAddressBook,
  type SenderAnswer,
  type SenderPreset,
} from '../senders/index.ts';

/** What the sender waits less this is what the caller is held: the way there and back takes its time too. */
const travelMs = 500;

/** How long a caller is held whose patience is not known. */
const answerForMs = 25_000;

const dayMs = 86_400_000;

/** For how long copies are looked for at least: most senders have given up by then, and their ids do not come again. */
const dedupeWindowMs = 4 * dayMs;

/** A sender's last try comes later than its schedule says, by all the time that it has waited for answers. */
const lateTryMs = dayMs;

function windowOf(preset: SenderPreset | null): number {
  const lastTryMs = preset?.retries.windowMs ?? null;
  return lastTryMs === null ? dedupeWindowMs : Math.max(dedupeWindowMs, lastTryMs + lateTryMs);
}

const plainOk: FixedReply = { status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok' };

/** What the parts that treat a route's webhooks are told. */
export interface ReadyRoute {
  readonly ingress: RouteRule;
  readonly delivery: RouteSettings;
}

/** What a preset's check is given beside the route's own settings. */
export interface SenderSurroundings {
  readonly addresses: SenderAddressBook;
  readonly documents: DocumentSource;
}

/** Whether the sender would take an answer with this status, of a bot that is content, for a failure. */
function isFailureTo({ success }: SenderAnswer): (status: number) => boolean {
  if (success === 'word') return () => true;
  if (success === 'any-2xx') return (status) => status < 200 || status > 299;
  return (status) => !success.includes(status);
}

/** Which of the bot's answers are replaced by the acknowledgement; null: none. */
function acknowledges(
  { mode, success }: RouteConfig['answer'],
  preset: SenderPreset | null,
): RouteRule['answer']['acknowledges'] {
  if (mode === 'ack' || success === 'relay') return null;
  if (preset === null) return success === 'acknowledge' ? () => true : null;
  const { answer } = preset;
  const isWished = answer.acknowledgement !== null && !answer.readsBody;
  return success === 'acknowledge' || isWished ? isFailureTo(answer) : null;
}

function answerRule({ answer }: RouteConfig, preset: SenderPreset | null): RouteRule['answer'] {
  const senders = preset?.answer ?? null;
  const waitsMs = senders?.waitsMs ?? null;
  const hasWord = senders !== null && senders.acknowledgement !== null;
  const isLimitLost = preset?.retries.tooManyRequests === 'taken-for-delivered';
  return {
    mode: answer.mode ?? senders?.mode ?? 'wait',
    for: answer.for ?? (waitsMs === null ? answerForMs : waitsMs - travelMs),
    // JSON of ours is nothing that a sender would know what to do with.
    whenQueued: answer.whenQueued ?? (hasWord ? 'acknowledge' : 'accept'),
    ack: answer.ack ?? senders?.acknowledgement ?? plainOk,
    acknowledges: acknowledges(answer, preset),
    whenLimited: answer.whenLimited ?? (isLimitLost ? 'unavailable' : 'too-many-requests'),
  };
}

function senderRule(route: RouteConfig, { addresses, documents }: SenderSurroundings): RouteRule['sender'] {
  const { sender: name, secrets, senderSettings: settings, verify } = route;
  if (name === null) return null;
  const known = addresses[name]?.addresses ?? [];
  const isChecked = isCheckable(name, { secrets });
  const sender = createSender(name, { secrets, settings, addresses: known, documents });
  return { sender, verify, isChecked };
}

function dedupeRule({ dedupe }: RouteConfig, preset: SenderPreset | null): RouteRule['dedupe'] {
  if (dedupe === 'off') return null;
  const key = dedupe?.key ?? preset?.eventId ?? null;
  if (key === null) return null;
  return {
    key,
    windowMs: dedupe?.window ?? windowOf(preset),
    whenDelivered: dedupe?.whenDelivered ?? 'answer',
  };
}

/**
 * Makes a route ready for ingress and delivery.
 *
 * @throws HookwardError `config-invalid` for a sender that cannot be checked with what is given.
 */
function readyRoute(route: RouteConfig, surroundings: SenderSurroundings): ReadyRoute {
  const preset = route.sender === null ? null : senderPresets[route.sender];
  const answer = answerRule(route, preset);
  const { name, path, botHost, bodyBytesMax, link, cors, order, retry, forwardTo } = route;
  return {
    ingress: {
      name,
      path,
      bodyBytesMax,
      link,
      cors,
      order,
      answer,
      forwardTo,
      sender: senderRule(route, surroundings),
      dedupe: dedupeRule(route, preset),
    },
    delivery: { name, botHost, retry, answer: { for: answer.for }, forwardTo },
  };
}

/** All routes of a configuration, made ready. @throws HookwardError `config-invalid` */
export function readyRoutes(
  { routes }: Pick<Config, 'routes'>,
  surroundings: SenderSurroundings,
): readonly ReadyRoute[] {
  return routes.map((route) => readyRoute(route, surroundings));
}
