import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../../core/clock.ts';
import type { Random } from '../../core/random.ts';
import { FailedLogins } from './failedLogins.ts';
import type { LoginResult, Session, Sessions } from './sessionContract.ts';
import { holderOf, type TokenHash } from './tokens.ts';

/** The longest unused is ended for a new one. */
const sessionsMax = 1_000;
const idleMs = 12 * 3_600_000;
const lifeMs = 7 * 86_400_000;

/** 256 bits: nobody guesses one. */
const secretBytes = 32;

interface OpenSession {
  /** Of the token that opened it: the session ends with the token. */
  readonly sha256: string;
  readonly csrf: string;
  readonly openedAt: number;
  usedAt: number;
}

/** What sessions stand on. */
export interface SessionsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly tokens: () => readonly TokenHash[];
}

/** Ids are kept hashed, so that how long a look-up takes says nothing of the ids that there are. */
function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64');
}

/** Whether two texts are the same; takes the same time for all wrong ones. */
export function isSameSecret(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash('sha256').update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

class SessionTable implements Sessions {
  readonly #parts: SessionsParts;
  readonly #failed: FailedLogins;
  /** The longest unused first. */
  readonly #open = new Map<string, OpenSession>();

  constructor(parts: SessionsParts) {
    this.#parts = parts;
    this.#failed = new FailedLogins(parts.clock);
  }

  login({ token, address }: { readonly token: string; readonly address: string }): LoginResult {
    const waitMs = this.#failed.waitMs(address);
    if (waitMs > 0) return { result: 'limited', retryAfterSeconds: Math.ceil(waitMs / 1000) };
    const holder = holderOf(token, this.#parts.tokens());
    if (holder === null) return { result: 'wrong', triesLeft: this.#failed.add(address) };
    const { name, role, sha256 } = holder;
    return { result: 'opened', id: this.#add(sha256), principal: { name, role } };
  }

  find(id: string): Session | null {
    const key = keyOf(id);
    const session = this.#open.get(key);
    if (session === undefined) return null;
    const now = this.#parts.clock.monotonic();
    const holder = this.#parts.tokens().find(({ sha256 }) => sha256 === session.sha256);
    this.#open.delete(key);
    if (holder === undefined || now - session.usedAt > idleMs || now - session.openedAt > lifeMs) return null;
    session.usedAt = now;
    this.#open.set(key, session);
    return { principal: { name: holder.name, role: holder.role }, csrf: session.csrf };
  }

  end(id: string): void {
    this.#open.delete(keyOf(id));
  }

  #add(sha256: string): string {
    const { random, clock } = this.#parts;
    const secret = () => Buffer.from(random.bytes(secretBytes)).toString('base64url');
    const id = secret();
    const now = clock.monotonic();
    if (this.#open.size >= sessionsMax) {
      const [longestUnused] = this.#open.keys();
      if (longestUnused !== undefined) this.#open.delete(longestUnused);
    }
    this.#open.set(keyOf(id), { sha256, csrf: secret(), openedAt: now, usedAt: now });
    return id;
  }
}

/** Makes a table without sessions. */
export function createSessions(parts: SessionsParts): Sessions {
  return new SessionTable(parts);
}
