// Fits what the parts tell to the process log. One line each, with a stable `event`; nothing that a caller sent.
import type { Logger } from 'pino';
import type { AccessObserver } from '../access/index.ts';
import type { FailedLogin } from '../admin/index.ts';
import type { CircuitState, DeliveryNotice, TurnOutcome } from '../delivery/index.ts';
import type { PassThroughObserver } from '../forward/index.ts';
import type { IngressObserver } from '../ingress/index.ts';
import type { LogNotice, LogObserver } from '../log/index.ts';
import type { Metering } from './metering.ts';

/** Notices that ask for a look; the rest is routine. */
const alarming: ReadonlySet<LogNotice> = new Set([
  'write-failed',
  'open-failed',
  'dropped-at-open',
  'end-missing',
  'record-unreadable',
  'sequence-gap',
  'ballast-used',
]);

/** What the log tells: into the process log and the counters. */
export function observeLog(logger: Logger, metering: Metering): LogObserver {
  return {
    committed: metering.log.committed,
    modeChanged({ mode, reason }) {
      if (mode === 'full' || mode === 'failing')
        logger.error({ event: 'log-mode', mode, reason }, 'webhooks are refused');
      else logger.info({ event: 'log-mode', mode, reason }, `the log is ${mode}`);
    },
    noticed({ code, text }) {
      metering.logNoticed(code);
      if (alarming.has(code)) logger.error({ event: code }, text);
      else logger.info({ event: code }, text);
    },
  };
}

/** What ingress tells. */
export function observeIngress(logger: Logger): IngressObserver {
  return {
    failed: (error) => logger.error({ event: 'ingress-failed', error }, 'a call could not be served'),
    certificateReloaded(error) {
      if (error === null) logger.info({ event: 'certificate-reloaded' }, 'the new certificate is served');
      else
        logger.error(
          { event: 'certificate-refused', error },
          'the changed certificate cannot be used; the old one stays',
        );
    },
  };
}

/** What the gate tells. Addresses stand here, where operators look for them, and never in a metric. */
export function observeAccess(logger: Logger): Partial<AccessObserver> {
  return {
    banned: ({ address, until, strikes, by }) =>
      logger.warn({ event: 'banned', address, until, strikes, by }, 'an address is banned'),
    banSpared: ({ address, why }) =>
      logger.error(
        { event: 'ban-spared', address, why },
        'an address earned a ban but everybody behind it would be shut out: check trustedProxies',
      ),
    banForgotten: ({ address }) =>
      logger.warn({ event: 'ban-forgotten', address }, 'the table of bans is full'),
    saveFailed: ({ error, unsaved }) =>
      logger.error({ event: 'access-unsaved', error, unsaved }, 'bans are not saved yet'),
    entryUnreadable: ({ kind }) =>
      logger.error({ event: 'access-unreadable', kind }, 'an access entry has no effect'),
  };
}

/** What pass-through tells: its refusals count like any other. */
export function observePassThrough(logger: Logger, metering: Metering): PassThroughObserver {
  return {
    answered: () => undefined,
    refused: () => metering.ingress.refused('pass-through-refused'),
    failed(cause, detail) {
      metering.ingress.refused('pass-through-failed');
      logger.debug({ event: 'pass-through-failed', cause, detail });
    },
    webSocketOpened: () => undefined,
    webSocketClosed: () => undefined,
  };
}

/** A login at the console has failed: the token itself stands nowhere. */
export function logFailedLogin(logger: Logger, { address, triesLeft }: FailedLogin): void {
  const words = triesLeft > 0 ? 'a login failed' : 'a login failed: no more are taken from there for a while';
  logger.warn({ event: 'login-failed', address, triesLeft }, words);
}

/** How loud a turn is. One that was put off is no outcome yet, and an open circuit puts off thousands. */
function loudness({ state, turn }: TurnOutcome): 'warn' | 'info' | 'debug' {
  if (state === 'dead') return 'warn';
  return turn === 'attempted' ? 'info' : 'debug';
}

function wordsFor({ state, turn }: TurnOutcome): string {
  if (state === 'pending') return turn === 'attempted' ? 'to be tried again' : 'put off';
  return state === 'dead' ? 'given up' : state;
}

/** One wide line per turn of a webhook, with all that is known of it. */
export function logOutcome(logger: Logger, outcome: TurnOutcome): void {
  const level = loudness(outcome);
  if (!logger.isLevelEnabled(level)) return;
  const { sender, ...facts } = outcome;
  const found = { sender: sender?.sender ?? null, verdict: sender?.verdict ?? null };
  logger[level]({ event: 'webhook', ...facts, ...found }, wordsFor(outcome));
}

/** A bot host's circuit: open ones ask for a look. The gauge reads the state itself at a scrape. */
export function logCircuit(
  logger: Logger,
  { botHost, state }: { readonly botHost: string; readonly state: CircuitState },
): void {
  const line = { event: 'circuit', botHost, state };
  if (state === 'open')
    logger.warn(line, 'the bot host fails: its webhooks queue on disk until a probe succeeds');
  else logger.info(line, `the circuit is ${state}`);
}

/** What delivery tells. */
export function logNotice(logger: Logger, { code, text, error }: DeliveryNotice): void {
  logger.error({ event: code, error }, text);
}
