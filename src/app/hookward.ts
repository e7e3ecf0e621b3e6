// The composition root: builds every part, fits them together, starts and stops them in order. No rule lives here.
import type { Logger } from 'pino';
import { createClientAddresses, createGate, type ClientAddresses } from '../access/index.ts';
import { diffConfig, type Config } from '../config/index.ts';
import type { Clock } from '../core/clock.ts';
import { HookwardError } from '../core/errors.ts';
import type { IdSource, WebhookId } from '../core/ids.ts';
import type { Random } from '../core/random.ts';
import { startInOrder, stopInReverse, type Service } from '../core/service.ts';
import type { Tracer } from '../core/tracing.ts';
import { createDelivery, type Delivery, type TurnOutcome } from '../delivery/index.ts';
import {
  createPassThrough,
  createUndiciForwarder,
  passedOnHeaders,
  type Forwarder,
} from '../forward/index.ts';
import { createIngress, type Ingress, type IngressDeps } from '../ingress/index.ts';
import { createLevelLog, type Log } from '../log/index.ts';
import { createMetricRegistry, type MetricRegistry } from '../metrics/index.ts';
import type { DocumentSource } from '../senders/index.ts';
import { generateSigningKey } from '../signing/index.ts';
import { createAdministration, type Administration } from './administration.ts';
import { createChanges, type ChangeTeller } from './changes.ts';
import { fetchDocument } from './documents.ts';
import { gaugeAccess, gaugeDelivery, gaugeLog } from './gauges.ts';
import { createHistory, type KeptHistory } from './history.ts';
import { idsAfter } from './ids.ts';
import { countLimitHits, type CountedGate } from './limitHits.ts';
import { createLogger, type LogSink, type ProcessLog } from './logger.ts';
import { createMaintenance } from './maintenance.ts';
import { createMetering, type Metering } from './metering.ts';
import {
  logCircuit,
  logFailedLogin,
  logNotice,
  logOutcome,
  observeAccess,
  observeIngress,
  observeLog,
  observePassThrough,
} from './observers.ts';
import { pinnedSecrets } from './pinnedSecrets.ts';
import { prepareSettings, type Settings } from './settings.ts';
import { SettingsInForce } from './settingsInForce.ts';
import { keptSigningKey } from './signingKey.ts';
import { statusOf } from './status.ts';

/** What a server is made from. */
export interface HookwardParts {
  readonly config: Config;
  /** Values that no log line may hold. */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  readonly random: Random;
  readonly version: string;
  /** Where log lines go. */
  readonly sink: LogSink;
  /** Log for people (true) or in JSON (false), whatever the configuration says; null: as it says. */
  readonly pretty: boolean | null;
  /** Who is told of spans: what `createTracer` gives. Left out, or null: nothing is traced. */
  readonly tracer?: Tracer | null;
  /** Where certificates of senders come from; over HTTPS where it is left out. */
  readonly documents?: DocumentSource;
}

/** A whole server in this process. */
export interface Hookward extends Service {
  /** Where senders call; known after `start`. */
  publicUrl(): string;
  adminUrl(): string;
  /** Counters in memory, for a host program. */
  readings(): { readonly pending: number; readonly inFlight: number };
  readonly logger: Logger;
  /**
   * Puts a new configuration in force, as a whole.
   *
   * @param secrets Values of it that no log line may hold.
   * @throws HookwardError `config-needs-restart`, `config-invalid`: nothing has changed then.
   */
  reload(config: Config, secrets: readonly string[]): void;
  /** Notes a reload that did not come to pass. */
  reloadRefused(error: unknown): void;
}

class HookwardServer implements Hookward {
  readonly logger: Logger;
  readonly #processLog: ProcessLog;
  readonly #parts: HookwardParts;
  readonly #settings: SettingsInForce;
  readonly #signingKeys: (config: Config) => readonly string[];
  readonly #registry: MetricRegistry = createMetricRegistry();
  readonly #history: KeptHistory;
  readonly #metering: Metering;
  readonly #log: Log;
  readonly #ids: IdSource & Service;
  readonly #changes: ChangeTeller;
  readonly #gate: ReturnType<typeof createGate>;
  readonly #countedGate: CountedGate;
  readonly #addresses: ClientAddresses;
  readonly #forwarder: Forwarder;
  readonly #delivery: Delivery;
  readonly #passThrough: ReturnType<typeof createPassThrough>;
  readonly #ingress: Ingress;
  readonly #administration: Administration;
  readonly #services: readonly Service[];
  #phase: 'new' | 'starting' | 'ready' | 'stopping' = 'new';
  #startedAt = 0;

  constructor(parts: HookwardParts) {
    const { config, random } = parts;
    this.#parts = parts;
    this.#processLog = createLogger({
      level: config.logging.level,
      pretty: parts.pretty ?? config.logging.pretty,
      sink: parts.sink,
      secrets: parts.secrets,
    });
    this.logger = this.#processLog.logger;
    let kept: string | null = null;
    const keptKey = () => (kept ??= keptSigningKey(config.log.dir, () => generateSigningKey(random)));
    this.#signingKeys = ({ signing }) => (signing.keys.length > 0 ? signing.keys : [keptKey()]);
    this.#settings = new SettingsInForce(this.#prepare(config));
    this.#history = createHistory(parts.clock, () => this.#standing());
    this.#metering = this.#history.counting(createMetering(this.#registry));
    this.#log = this.#buildLog();
    this.#changes = createChanges(this.#log, () => parts.clock.now());
    this.#ids = idsAfter(this.#log, random);
    this.#gate = this.#buildGate();
    this.#countedGate = countLimitHits(this.#gate);
    this.#addresses = createClientAddresses({ settings: this.#settings.part(({ config }) => config) });
    this.#forwarder = this.#buildForwarder();
    this.#delivery = this.#buildDelivery();
    this.#passThrough = this.#buildPassThrough();
    this.#ingress = this.#buildIngress();
    this.#administration = this.#buildAdministration();
    this.#services = this.#inStartOrder();
    this.#wireGauges();
  }

  publicUrl(): string {
    const address = this.#ingress.address();
    if (address === null) throw new Error('the public listener is not open');
    const { tls } = this.#settings.current.config.listen;
    const host = address.host.includes(':') ? `[${address.host}]` : address.host;
    return `${tls === null ? 'http' : 'https'}://${host}:${String(address.port)}`;
  }

  adminUrl(): string {
    return this.#administration.listener.url();
  }

  readings(): { pending: number; inFlight: number } {
    const { counts, inFlight } = this.#log.stats();
    return { pending: counts.pending, inFlight };
  }

  async start(): Promise<void> {
    this.#phase = 'starting';
    this.#startedAt = this.#parts.clock.now();
    this.#know();
    await startInOrder(this.#services);
    this.#phase = 'ready';
    this.logger.info(
      { event: 'listening', public: this.publicUrl(), admin: this.adminUrl(), version: this.#parts.version },
      'listening',
    );
  }

  async stop(deadlineMs: number): Promise<void> {
    this.#phase = 'stopping';
    await stopInReverse(this.#services, deadlineMs);
    this.logger.info({ event: 'stopped' }, 'stopped');
  }

  reload(config: Config, secrets: readonly string[]): void {
    this.#processLog.hide(secrets);
    const { changed, restart } = diffConfig(this.#settings.current.config, config);
    if (restart.length > 0) {
      throw new HookwardError('config-needs-restart', {
        message: `These take effect only after a restart, so nothing was changed: ${restart.join(', ')}.`,
      });
    }
    const next = this.#prepare(config);
    this.#settings.current = next;
    this.#forwarder.retarget(next.targets);
    this.#delivery.apply();
    this.#know();
    this.#metering.reloaded('applied');
    this.logger.info({ event: 'config-reloaded', changed }, 'the configuration was reloaded');
  }

  reloadRefused(error: unknown): void {
    this.#metering.reloaded('refused');
    this.logger.error(
      { event: 'config-refused', error },
      'the configuration was not reloaded; the old one stays in force',
    );
  }

  #prepare(config: Config): Settings {
    const { clock, documents = fetchDocument } = this.#parts;
    this.#processLog.hide(pinnedSecrets(config));
    return prepareSettings(config, { signingKeys: this.#signingKeys(config), documents, now: clock.now() });
  }

  /** First started, last stopped. The log outlives all that writes to it; the admin listener shows the public one stop. */
  #inStartOrder(): readonly Service[] {
    const maintenance = createMaintenance({
      log: this.#log,
      clock: this.#parts.clock,
      policy: () => {
        const { keep, bytesMax } = this.#settings.current.config.log;
        return { keepMs: keep, bytesMax };
      },
      failed: (error) => this.logger.error({ event: 'retention-failed', error }, 'retention could not run'),
    });
    const passThrough: Service = { start: () => Promise.resolve(), stop: (ms) => this.#passThrough.stop(ms) };
    return [
      this.#log,
      this.#ids,
      this.#gate,
      maintenance,
      this.#forwarder,
      this.#history,
      this.#administration.jobs,
      this.#administration.listener,
      this.#delivery,
      passThrough,
      this.#ingress,
    ];
  }

  #buildLog(): Log {
    const { dir, freeBytesMin, ballastBytes } = this.#parts.config.log;
    const observer = observeLog(this.logger, this.#metering);
    return createLevelLog({ dir, freeBytesMin, ballastBytes, clock: this.#parts.clock, observer });
  }

  #buildGate() {
    return createGate({
      settings: this.#settings.part(({ gate }) => gate),
      clock: this.#parts.clock,
      store: this.#log,
      observer: observeAccess(this.logger),
    });
  }

  #buildForwarder(): Forwarder {
    return createUndiciForwarder({
      botHosts: this.#settings.current.targets,
      clock: this.#parts.clock,
      headerPrefix: () => this.#headerPrefix(),
    });
  }

  #buildDelivery(): Delivery {
    return createDelivery({
      log: this.#log,
      forwarder: this.#forwarder,
      signer: this.#settings.part(({ signer }) => signer),
      passedOnHeaders: (headers) => passedOnHeaders({ headers, headerPrefix: this.#headerPrefix() }),
      clock: this.#parts.clock,
      random: this.#parts.random,
      settings: this.#settings.part(({ delivery }) => delivery),
      tracer: this.#parts.tracer ?? null,
      metrics: {
        ...this.#metering.delivery,
        circuitChanged: (facts) => logCircuit(this.logger, facts),
      },
      onOutcome: (outcome) => this.#tellOutcome(outcome),
      noticed: (notice) => logNotice(this.logger, notice),
    });
  }

  #buildPassThrough() {
    return createPassThrough({
      botHost: () => {
        const { config, targets } = this.#settings.current;
        return targets.find(({ name }) => name === config.passThrough?.botHost) ?? null;
      },
      headerPrefix: () => this.#headerPrefix(),
      observer: observePassThrough(this.logger, this.#metering),
      clock: this.#parts.clock,
    });
  }

  #buildIngress(): Ingress {
    const { config } = this.#parts;
    return createIngress({
      listener: { ...config.listen, ...config.limits },
      settings: this.#settings.part(({ ingress }) => ingress),
      addresses: this.#addresses,
      gate: this.#countedGate,
      links: { verify: (link) => this.#settings.current.links.verify(link) },
      log: this.#log,
      ids: this.#ids,
      clock: this.#parts.clock,
      deliver: this.#deliver,
      join: (id, route, caller) => this.#delivery.join(id, route, caller),
      sendAgain: (id) => this.#sendAgain(id),
      passThrough: this.#passThrough,
      tracer: this.#parts.tracer ?? null,
      metrics: this.#metering.ingress,
      observer: observeIngress(this.logger),
    });
  }

  /** A webhook has become durable: pages that are open show it, and its first try begins. */
  readonly #deliver: IngressDeps['deliver'] = (webhook, lease, caller, trace) => {
    const { id, route, receivedAt } = webhook;
    this.#changes.tell({ id, route, state: 'pending', what: 'received', at: receivedAt });
    this.#delivery.live(webhook, lease, caller, trace);
  };

  #tellOutcome(outcome: TurnOutcome): void {
    const { id, route, state, turn } = outcome;
    this.#changes.tell({ id, route, state, what: turn, at: this.#parts.clock.now() });
    logOutcome(this.logger, outcome);
  }

  /** A sender's own replay: of a webhook that is dead, or that its route delivers once more. */
  async #sendAgain(id: WebhookId): Promise<boolean> {
    const now = this.#parts.clock.now();
    const [result] = await this.#log.replay({ ids: [id], by: 'sender', reason: 'sent again', now });
    if (result !== 'done') return false;
    this.#metering.operated('sent-again', 1);
    void this.#changes.tellOf('replayed', [id]);
    this.#delivery.wake();
    return true;
  }

  #buildAdministration(): Administration {
    const { version, clock, random, config } = this.#parts;
    return createAdministration({
      version,
      listen: config.admin,
      settings: () => this.#settings.current,
      clock,
      random,
      log: this.#log,
      access: this.#gate,
      limits: this.#countedGate,
      addresses: this.#addresses,
      loginFailed: (failed) => logFailedLogin(this.logger, failed),
      metering: this.#metering,
      changes: this.#changes,
      history: this.#history,
      publicUrl: () => this.publicUrl(),
      wake: () => this.#delivery.wake(),
      readiness: () => this.#readiness(),
      metricsPage: () => this.#registry.page(),
      status: () =>
        statusOf({
          version,
          startedAt: this.#startedAt,
          log: this.#log.stats(),
          delivery: this.#delivery.stats(),
        }),
      failed: (error) => this.logger.error({ event: 'admin-failed', error }, 'an admin call failed'),
    });
  }

  /** What the overview's charts show beside counts. */
  #standing(): { pending: number; pastDueSeconds: number } {
    const { counts, earliestDueAt } = this.#log.stats();
    const lateMs = earliestDueAt === null ? 0 : this.#parts.clock.now() - earliestDueAt;
    return { pending: counts.pending, pastDueSeconds: Math.max(0, lateMs) / 1000 };
  }

  #wireGauges(): void {
    gaugeLog(this.#registry, {
      version: this.#parts.version,
      node: process.version,
      stats: () => this.#log.stats(),
      routes: () => this.#settings.current.config.routes.map(({ name }) => name),
      now: () => this.#parts.clock.now(),
      loadedAt: () => this.#settings.current.loadedAt,
    });
    gaugeDelivery(this.#registry, () => this.#delivery.stats());
    gaugeAccess(
      this.#registry,
      () => this.#gate.stats(),
      () => this.#ingress.readings(),
    );
  }

  #know(): void {
    const { routes, botHosts } = this.#settings.current.config;
    this.#metering.know(
      routes.map(({ name }) => name),
      Object.keys(botHosts),
    );
  }

  #headerPrefix(): string {
    return this.#settings.current.config.signing.headerPrefix;
  }

  #readiness(): { ready: boolean; reasons: string[] } {
    const { mode, modeReason } = this.#log.stats();
    const reasons = [
      ...(this.#phase === 'ready' ? [] : [`the server is ${this.#phase}`]),
      ...(mode === 'ok' ? [] : [`the log is ${mode}${modeReason === '' ? '' : `: ${modeReason}`}`]),
    ];
    return { ready: reasons.length === 0, reasons };
  }
}

/**
 * Builds a server. Nothing is opened before `start`, which throws HookwardError `listen-failed`, `log-locked` ...; only
 * the signing key is made here, where the configuration has none.
 *
 * @throws HookwardError `config-invalid`, `log-unavailable`
 */
export function createHookward(parts: HookwardParts): Hookward {
  return new HookwardServer(parts);
}
