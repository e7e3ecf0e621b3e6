// All that people and scripts operate the server by, on top of the same log, gate and delivery that serve senders.
import type { AccessGate, ClientAddresses } from '../access/index.ts';
import {
  createAdminListener,
  createLiveStreams,
  createLogins,
  createOperations,
  createReplayJobs,
  createSessions,
  maskFor,
  type AdminListener,
  type AdminParts,
  type FailedLogin,
  type History,
  type OperatorParts,
} from '../admin/index.ts';
import { redacted, type Config } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import type { Random } from '../core/random.ts';
import type { Service } from '../core/service.ts';
import type { Log } from '../log/index.ts';
import type { ChangeTeller } from './changes.ts';
import type { CountedGate } from './limitHits.ts';
import { checkLink } from './linkCheck.ts';
import { linkSubject, makeLink } from './links.ts';
import type { Metering } from './metering.ts';
import type { Settings } from './settings.ts';
import { viewRoutes, viewSenders } from './settingsViews.ts';

/** What the administration stands on. */
export interface AdministrationParts extends Pick<
  AdminParts,
  'version' | 'readiness' | 'metricsPage' | 'status' | 'failed'
> {
  /** Where the listener is opened; fixed for its life. */
  readonly listen: Config['admin'];
  readonly settings: () => Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly access: AccessGate;
  readonly addresses: ClientAddresses;
  readonly loginFailed: (failed: FailedLogin) => void;
  readonly limits: Pick<CountedGate, 'limitHits'>;
  readonly metering: Metering;
  readonly changes: ChangeTeller;
  readonly history: History;
  /** Where the public listener stands. */
  readonly publicUrl: () => string;
  /** Webhooks have become due. */
  readonly wake: () => void;
}

/** The administration, as services in the order of their start. */
export interface Administration {
  /** Replay jobs that run; they end with the server. */
  readonly jobs: Service;
  readonly listener: AdminListener;
}

/** What is made of the configuration, made once for each. */
function perConfig<T>(make: (config: Config) => T): (config: Config) => T {
  const made = new WeakMap<Config, T>();
  return (config) => {
    const known = made.get(config);
    if (known !== undefined) return known;
    const fresh = make(config);
    made.set(config, fresh);
    return fresh;
  };
}

/** The configuration as it is shown: of a token even the hash is nobody's business. */
function shownConfig(config: Config): object {
  const { admin, ...rest } = redacted(config);
  return { ...rest, admin: { ...admin, tokens: admin.tokens.map(({ name, role }) => ({ name, role })) } };
}

/** How an incoming call's address is found: as that of a sender's call. */
function callerAddress(addresses: ClientAddresses): AdminParts['addressOf'] {
  return (call) => {
    const peer = call?.socket.remoteAddress;
    return addresses.of({ peer, headers: call?.rawHeaders ?? [] })?.countedAs ?? peer ?? 'unknown';
  };
}

/** Builds the administration; nothing is opened before its services start. */
export function createAdministration(parts: AdministrationParts): Administration {
  const { settings, clock, random, log, metering, changes, failed } = parts;
  const config = () => settings().config;
  const tokens = () => config().admin.tokens;
  const routes = perConfig(viewRoutes);
  const senders = perConfig(viewSenders);
  const mask = perConfig(({ admin }) => maskFor(admin.maskedHeaders));
  const operator: Omit<OperatorParts, 'log'> = {
    now: () => clock.now(),
    wake: parts.wake,
    counted: (what, count) => metering.operated(what, count),
    changed: (what, ids) => void changes.tellOf(what, ids),
  };
  const operations = createOperations({
    ...operator,
    log,
    access: parts.access,
    mask: () => mask(config()),
  });
  const sessions = createSessions({ clock, random, tokens });
  const replays = createReplayJobs({ ...operator, log, clock, random, failed });
  const listener = createAdminListener(parts.listen, {
    version: parts.version,
    operations,
    tokens,
    readiness: parts.readiness,
    metricsPage: parts.metricsPage,
    status: parts.status,
    async makeLink(link, asked) {
      const made = makeLink(link, config(), parts.publicUrl(), random);
      await operations.note({ action: 'link-made', subject: linkSubject(link, made) }, asked);
      return { url: made.url };
    },
    checkLink: (url) => checkLink(url, settings(), clock.now()),
    routes: () => routes(config()),
    senders: () => senders(config()),
    config: () => shownConfig(config()),
    limits: () => parts.limits.limitHits(),
    live: createLiveStreams({ changes, clock }),
    history: parts.history,
    replays,
    sessions,
    logins: createLogins({
      sessions,
      counted: (result) => metering.loggedIn(result),
      note: (done, asked) => operations.note(done, asked),
      loginFailed: parts.loginFailed,
      failed,
    }),
    addressOf: callerAddress(parts.addresses),
    failed,
  });
  return { jobs: { start: () => Promise.resolve(), stop: () => replays.close() }, listener };
}
