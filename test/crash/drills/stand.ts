// What server drills stand on: the built server under load, one bot host that is well and one that is away until the
// fault is over, so that half of what is promised hangs on the log alone.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConfigInput } from '../../../src/config/index.ts';
import { startBotHost, type BotHost } from '../../support/botHost.ts';
import {
  buildRoot,
  scratchDir,
  spawnServer,
  startServer,
  type RunningServer,
} from '../../support/process.ts';
import { seededRandom } from '../../support/seededRandom.ts';
import { answerHeader, type RawAnswer } from '../../support/sender.ts';
import { isPromised, someWebhook, startLoad, type Load, type SentLine } from '../../support/senderLoad.ts';
import { waitFor } from '../../support/waitFor.ts';
import { judgeLoad } from '../judge.ts';
import { assertLogSettled, drained } from '../settled.ts';
import { toUndo } from './cleanup.ts';
import type { DrillOutcome } from './drill.ts';
import { AdminView } from './signs.ts';

/** A cure that a control takes away: a module that is loaded before the server, or a library before the C library. */
export type Weakness = 'unsynced' | 'acknowledgedEarly' | 'neverReopened' | 'openedOnce' | 'eatmydata';

/** It accepts again by itself within so long after the cause of its failing is gone. */
const recoveryMaxMs = 5_000;
const startDeadlineMs = 30_000;
const drainDeadlineMs = 120_000;

/** What a stand is made of. */
export interface StandParams {
  readonly seed: number;
  /** Where the server's log lies; in a directory of the stand's own where it is not given. */
  readonly logDir?: string;
  readonly weakness?: Weakness;
  readonly log?: Omit<ConfigInput['log'] & object, 'dir'>;
  readonly senders?: number;
  readonly bodyBytesMax?: number;
}

/** What takes a cure away, as a server's environment. */
export function environmentOf(weakness: Weakness | undefined): Readonly<Record<string, string>> {
  if (weakness === undefined) return {};
  // Not PRELOAD by the program `eatmydata`: it runs a shell, whose process id would be the one to be killed.
  if (weakness === 'eatmydata') return { LD_PRELOAD: 'libeatmydata.so' };
  const module = pathToFileURL(join(buildRoot, 'test/crash/drills/weakened', `${weakness}.js`));
  return { NODE_OPTIONS: `--import=${module.href}` };
}

/** A server under load. Phases: `start`, the fault (the drill's), `settle` with all faults off. */
export class Stand {
  readonly load: Load;
  readonly faults: string[] = [];
  readonly notes: string[] = [];
  readonly #params: StandParams;
  readonly #config: ConfigInput;
  readonly #bots: { readonly well: BotHost; readonly away: BotHost };
  readonly #scratch = scratchDir('hookward-stand-');
  #server: RunningServer | null = null;
  #admin: AdminView | null = null;
  #url: string | null = null;
  /** Ends everything that belongs to it. */
  readonly dispose: () => Promise<void>;

  private constructor(params: StandParams, bots: { readonly well: BotHost; readonly away: BotHost }) {
    this.#params = params;
    this.#bots = bots;
    this.#config = configOf(this.logDir, params, bots);
    this.load = startLoad({
      url: () => this.#url,
      senders: params.senders ?? 16,
      random: seededRandom(params.seed),
      make: (number, random) =>
        someWebhook(number % 2 === 0 ? '/well/a' : '/away/a', number, random, params.bodyBytesMax ?? 20_000),
    });
    this.dispose = toUndo('the server under load', async () => {
      this.#url = null;
      this.#admin?.close();
      await this.#server?.kill();
      await this.load.stop();
      await Promise.all([bots.well.close(), bots.away.close()]);
      this.#scratch.remove();
    });
  }

  static async make(params: StandParams): Promise<Stand> {
    const well = await startBotHost();
    const away = await startBotHost();
    await away.away();
    return new Stand(params, { well, away });
  }

  /** The server that runs. */
  get server(): RunningServer {
    if (this.#server === null) throw new Error('no server runs');
    return this.#server;
  }

  get logDir(): string {
    return this.#params.logDir ?? join(this.#scratch.path, 'log');
  }

  /** What the server shows of itself. */
  get admin(): AdminView {
    if (this.#admin === null) throw new Error('no server runs');
    return this.#admin;
  }

  get promised(): number {
    return this.load.ledger.filter(isPromised).length;
  }

  /** Starts the server, weakened only where the stand is and `cured` is not said, and lets the load at it. */
  async start(how: { readonly cured?: boolean } = {}): Promise<void> {
    const weakness = how.cured === true ? undefined : this.#params.weakness;
    const server = await startServer({
      config: this.#config,
      dir: this.#scratch.path,
      env: environmentOf(weakness),
      readyDeadlineMs: startDeadlineMs,
    });
    this.#takeUp(server);
  }

  /** Starts the server without waiting for it to be ready: it is taken up once it says where it listens. */
  async startUnready(): Promise<void> {
    const started = spawnServer({
      config: this.#config,
      dir: this.#scratch.path,
      env: environmentOf(this.#params.weakness),
    });
    const undo = toUndo('the server that starts', () => started.kill());
    let hasEnded = false;
    void started.ended.then(() => (hasEnded = true));
    try {
      const line = await waitFor(
        'the server to listen',
        () => {
          if (hasEnded) throw new Error(`the server ended; it printed:\n${started.output()}`);
          return started.logLines().find(({ msg }) => msg === 'listening');
        },
        startDeadlineMs,
      );
      const [publicUrl, adminUrl] = [String(line['public']), String(line['admin'])];
      this.#takeUp({ ...started, publicUrl, adminUrl, dir: this.#scratch.path });
    } catch (error) {
      await undo();
      throw error;
    }
  }

  #takeUp(server: RunningServer): void {
    this.#server = server;
    this.#admin?.close();
    this.#admin = new AdminView(server.adminUrl);
    this.#url = server.publicUrl;
  }

  /** SIGKILL, as a power failure or the kernel would. */
  async kill(): Promise<void> {
    this.#url = null;
    await this.#server?.kill();
    this.#server = null;
  }

  /** Waits until so many more have been promised. */
  async promisedMore(count: number, deadlineMs = 60_000): Promise<void> {
    const from = this.promised;
    await waitFor(`${count} more to be promised`, () => this.promised >= from + count, deadlineMs);
  }

  /** After the cause is gone: how long until something that was sent since was promised. Late is a fault. @throws Error: never. */
  async recovers(): Promise<void> {
    const since = performance.now();
    const from = this.load.ledger.length;
    const isTaken = () => this.load.ledger.slice(from).some(isPromised);
    await waitFor('a webhook to be accepted again after the cause was gone', isTaken, 4 * recoveryMaxMs);
    const tookMs = Math.round(performance.now() - since);
    this.notes.push(`accepted again after ${tookMs} ms`);
    if (tookMs > recoveryMaxMs) this.faults.push(`it accepted again only after ${tookMs} ms`);
  }

  /**
   * All faults are off: the load ends, both bot hosts are well, and the server, started anew where none runs, must
   * deliver everything that it promised and leave a log whose counters are right.
   */
  async settle(): Promise<DrillOutcome> {
    const { load, faults, notes } = this;
    this.#url = null;
    await load.stop();
    const refused = refusals(load.ledger);
    if (refused.length > 0) notes.push(`${refused.length} callers got 503`);
    faults.push(...faultsOfRefusals(refused));
    await this.#bots.away.back();
    try {
      if (this.#server === null) await this.start({ cured: true });
      this.#url = null;
      await drained(this.server.adminUrl, drainDeadlineMs);
      await this.server.stop();
      this.#server = null;
      await assertLogSettled(this.logDir, load);
    } catch (error) {
      faults.push(inShort(error));
    }
    const { well, away } = this.#bots;
    const verdict = judgeLoad(load.ledger, [...well.ledger, ...away.ledger]);
    return {
      promised: verdict.promised,
      lost: verdict.missing.length,
      repeats: verdict.repeats,
      faults: [...faults, ...verdict.faults],
      notes,
    };
  }
}

/**
 * Makes a stand, does a fault on it, settles it and gives what came of it. A fault that throws is one that was found.
 */
export async function onStand(
  params: StandParams,
  fault: (stand: Stand) => Promise<void>,
): Promise<DrillOutcome> {
  const stand = await Stand.make(params);
  try {
    try {
      await fault(stand);
    } catch (error) {
      stand.faults.push(inShort(error));
      // What it has promised must be in its log all the same.
      await stand.kill();
    }
    return await stand.settle();
  } finally {
    await stand.dispose();
  }
}

function configOf(logDir: string, { log }: StandParams, bots: Record<'well' | 'away', BotHost>): ConfigInput {
  const retry = { attempts: 100, firstDelay: '100ms', maxDelay: '1s' };
  const circuit = { openFor: '200ms', openMax: '500ms' };
  return {
    botHosts: { well: { url: bots.well.url, circuit }, away: { url: bots.away.url, circuit } },
    access: { perAddress: null },
    routes: (['well', 'away'] as const).map((name) => ({
      name,
      path: `/${name}/*`,
      botHost: name,
      answer: { mode: 'ack' as const },
      retry,
    })),
    log: { freeBytesMin: '1MiB', ballastBytes: '1MiB', ...log, dir: logDir },
  };
}

/** The whole answers that promise nothing. */
function refusals(ledger: readonly SentLine[]): readonly RawAnswer[] {
  return ledger.flatMap((line) => {
    const { outcome } = line;
    return outcome === null || outcome === 'none' || isPromised(line) ? [] : [outcome];
  });
}

/** Whoever was not promised anything was told when to come back: 503 with Retry-After. */
function faultsOfRefusals(refused: readonly RawAnswer[]): readonly string[] {
  const odd = new Set<string>();
  for (const answer of refused) {
    if (answer.status !== 503) odd.add(`a caller was answered ${answer.status}`);
    else if (answerHeader(answer, 'retry-after') === null) odd.add('a 503 came without Retry-After');
  }
  return [...odd];
}

/** An error in one line: the last one, too, where it holds what a server printed. */
function inShort(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).trim().split('\n');
  const last = lines.length > 1 ? ` ${lines.at(-1) ?? ''}` : '';
  return `${lines[0] ?? ''}${last}`;
}
