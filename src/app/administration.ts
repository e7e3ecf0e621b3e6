// All that people and scripts operate the server by, on top of the same log, gate and delivery that serve senders.
import type { AccessGate } from '../access/index.ts';
import {
  createAdminListener,
  createOperations,
  createReplayJobs,
  createSessions,
  type AdminListener,
  type AdminParts,
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
import { makeLink } from './links.ts';
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

/** Builds the administration; nothing is opened before its services start. */
export function createAdministration(parts: AdministrationParts): Administration {
  const { settings, clock, random, log, metering, changes, failed } = parts;
  const config = () => settings().config;
  const tokens = () => config().admin.tokens;
  const routes = perConfig(viewRoutes);
  const senders = perConfig(viewSenders);
  const operator: Omit<OperatorParts, 'log'> = {
    now: () => clock.now(),
    wake: parts.wake,
    counted: (what, count) => metering.operated(what, count),
    changed: (what, ids) => void changes.tellOf(what, ids),
  };
  const replays = createReplayJobs({ ...operator, log, clock, random, failed });
  const listener = createAdminListener(parts.listen, {
    version: parts.version,
    operations: createOperations({ ...operator, log, access: parts.access }),
    tokens,
    readiness: parts.readiness,
    metricsPage: parts.metricsPage,
    status: parts.status,
    makeLink: (link) => makeLink(link, config(), parts.publicUrl(), random),
    checkLink: (url) => checkLink(url, settings(), clock.now()),
    routes: () => routes(config()),
    senders: () => senders(config()),
    config: () => redacted(config()),
    limits: () => parts.limits.limitHits(),
    changes,
    history: parts.history,
    replays,
    sessions: createSessions({ clock, random, tokens }),
    failed,
  });
  return { jobs: { start: () => Promise.resolve(), stop: () => replays.close() }, listener };
}
