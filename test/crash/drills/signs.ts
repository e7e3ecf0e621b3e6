// What a server shows of its own failing: to probes by /readyz, to Prometheus by the metrics that alerts look at.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { repositoryRoot } from '../../support/repository.ts';
import { NoAnswerError, openConnection, requestBytes, type RawConnection } from '../../support/sender.ts';
import { waitFor } from '../../support/waitFor.ts';

/** A page of a server that can answer comes at once. */
const answerDeadlineMs = 2_000;

/** An alert whose condition is one metric held against one number: `hookward_log_mode{mode="full"} == 1`. */
interface PlainAlert {
  readonly name: string;
  readonly series: string;
  readonly isMet: (value: number) => boolean;
}

function plainAlerts(): readonly PlainAlert[] {
  const file = join(repositoryRoot, 'config/prometheus/hookward.rules.yml');
  const { groups } = parse(readFileSync(file, 'utf8')) as {
    readonly groups: readonly {
      readonly rules: readonly { readonly alert?: string; readonly expr: string }[];
    }[];
  };
  return groups
    .flatMap(({ rules }) => rules)
    .flatMap(({ alert, expr }) => {
      const match = /^(\w+(?:\{[^}]*\})?) (==|>|<) (\d+)$/.exec(expr);
      if (alert === undefined || match === null) return [];
      const [, series = '', sign, number] = match;
      const limit = Number(number);
      const isMet = (value: number) =>
        sign === '==' ? value === limit : sign === '>' ? value > limit : value < limit;
      return [{ name: alert, series, isMet }];
    });
}

/** The alerts whose condition a page of metrics meets now. */
export function alertsMet(page: string): readonly string[] {
  const values = new Map<string, number>();
  for (const line of page.split('\n')) {
    const [series = '', value] = line.split(/ (?=[^ ]*$)/);
    values.set(series, Number(value));
  }
  return plainAlerts().flatMap(({ name, series, isMet }) => (isMet(values.get(series) ?? NaN) ? [name] : []));
}

/** What a server shows at one moment. */
interface Shown {
  readonly isReady: boolean;
  readonly reasons: readonly string[];
  readonly alerts: readonly string[];
}

/**
 * The admin listener of a server, over one connection that is kept: where a server has run out of descriptors there would
 * be none for another.
 */
export class AdminView {
  readonly #url: string;
  #connection: RawConnection | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  /** Connects, where it is not connected. */
  async connect(): Promise<RawConnection> {
    if (this.#connection === null || this.#connection.ended()) {
      this.#connection?.destroy();
      this.#connection = await openConnection(this.#url);
    }
    return this.#connection;
  }

  close(): void {
    this.#connection?.destroy();
    this.#connection = null;
  }

  async #page(target: string): Promise<{ readonly status: number; readonly text: string }> {
    const connection = await this.connect();
    // It answers only under its own address.
    await connection.write(
      requestBytes({ method: 'GET', target, headers: ['Host', new URL(this.#url).host] }),
    );
    const { status, body } = await connection.answer('GET', answerDeadlineMs);
    return { status, text: body.toString() };
  }

  async #shown(): Promise<Shown> {
    const { status, text } = await this.#page('/readyz');
    const { reasons } = JSON.parse(text) as { readonly reasons: readonly string[] };
    const metrics = await this.#page('/metrics');
    return { isReady: status === 200, reasons, alerts: alertsMet(metrics.text) };
  }

  /** Writes of the log that have failed since the server was started. */
  async writeFailures(): Promise<number> {
    const { text } = await this.#page('/metrics');
    return Number(/^hookward_log_write_failures_total (\d+)$/m.exec(text)?.[1] ?? 0);
  }

  /**
   * Waits until the server says that it takes no webhooks: /readyz answers 503 with a reason, and the condition of the
   * alert is met. Gives the reason.
   */
  async showsFailing(alert: string, deadlineMs = 30_000): Promise<string> {
    let seen = 'nothing';
    const look = async () => {
      try {
        const { isReady, reasons, alerts } = await this.#shown();
        seen = `${isReady ? 'ready' : 'not ready'} (${reasons.join()}); alerts: ${alerts.join()}`;
        return !isReady && reasons.length > 0 && alerts.includes(alert) ? reasons.join() : null;
      } catch (error) {
        if (!(error instanceof NoAnswerError)) throw error;
        this.close();
        seen = `no answer (${error.message})`;
        return null;
      }
    };
    return waitFor('the server to show that it fails', look, deadlineMs).catch((cause: unknown) => {
      throw new Error(`it did not show that it fails (${alert} and /readyz); last seen: ${seen}`, { cause });
    });
  }
}
