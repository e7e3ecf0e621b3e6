import { HookwardError } from '../../core/errors.ts';
import type { SealedRecord } from '../codec/record.ts';
import { makeRecord } from '../codec/record.ts';
import { routeKey } from './keys.ts';

const routesMax = 0xffff;

/** The dictionary of route names: each gets a number, written once, since numbers stand in most keys. */
export class RouteBook {
  readonly #numbers = new Map<string, number>();
  readonly #names = new Map<number, string>();
  #next = 0;
  #unwritten: SealedRecord[] = [];

  /** Takes up a name that is on disk. */
  load(routeNo: number, name: string): void {
    this.#numbers.set(name, routeNo);
    this.#names.set(routeNo, name);
    this.#next = Math.max(this.#next, routeNo + 1);
  }

  /** Takes up a name that only a webhook still knows, where its number has none; it is written with the next batch. */
  restore(routeNo: number, name: string): void {
    if (this.#names.has(routeNo)) return;
    this.load(routeNo, name);
    this.#unwritten.push(makeRecord(routeKey(routeNo), Buffer.from(name, 'utf8')));
  }

  /** The number of `name`, or null where the log has never seen it. */
  find(name: string): number | null {
    return this.#numbers.get(name) ?? null;
  }

  /** The number of `name`; a new one is written with the next batch. */
  numberOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    if (this.#next > routesMax) {
      throw new HookwardError('internal-error', {
        message: 'The log holds webhooks of 65536 routes already; it cannot take those of another.',
      });
    }
    const routeNo = this.#next;
    this.load(routeNo, name);
    this.#unwritten.push(makeRecord(routeKey(routeNo), Buffer.from(name, 'utf8')));
    return routeNo;
  }

  /** The name behind a number; where it has been lost, one that says so. */
  nameOf(routeNo: number): string {
    return this.#names.get(routeNo) ?? `lost-route-${routeNo}`;
  }

  /** All numbers given. */
  numbers(): Iterable<number> {
    return this.#names.keys();
  }

  /** The records that the next batch must hold; they are handed out once. */
  takeUnwritten(): readonly SealedRecord[] {
    if (this.#unwritten.length === 0) return this.#unwritten;
    const taken = this.#unwritten;
    this.#unwritten = [];
    return taken;
  }
}
