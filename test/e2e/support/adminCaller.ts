// Calls of a real server's admin API, as scripts make them.
import { createHash } from 'node:crypto';
import type { ConfigInput } from '../../../src/config/index.ts';
import { waitFor } from '../../support/waitFor.ts';

export type Role = 'viewer' | 'support' | 'admin';

/** The made-up token of a role. */
export const tokenOf = (role: Role) => `hwt_made-up-token-of-${role}`;

/** A holder of each role, for a configuration's `admin.tokens`. */
export const adminTokens: NonNullable<NonNullable<ConfigInput['admin']>['tokens']> = (
  ['viewer', 'support', 'admin'] as const
).map((role) => ({
  name: `eve-${role}`,
  role,
  sha256: createHash('sha256').update(tokenOf(role)).digest('hex'),
}));

/** What is sent beside the token. */
export interface Sent {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Calls the admin API at `base` as the holder of a role. */
export function callAs(base: string, role: Role, path: string, sent: Sent = {}): Promise<Response> {
  const { method = sent.body === undefined ? 'GET' : 'POST', body, signal } = sent;
  return fetch(base + path, {
    method,
    headers: {
      authorization: `Bearer ${tokenOf(role)}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  });
}

/** What `/api/events` tells of one webhook. */
export interface ToldChange {
  readonly id: string;
  readonly route: string;
  readonly state: string;
  readonly what: string;
}

/** A stream of changes that is being read. */
export interface ReadStream {
  readonly told: readonly ToldChange[];
  /** Resolves when the server, or `leave`, has ended it. */
  readonly ended: Promise<void>;
  leave(): void;
}

async function readChanges(answer: Response, told: ToldChange[]): Promise<void> {
  let text = '';
  const decoder = new TextDecoder();
  const body: AsyncIterable<Uint8Array> | null = answer.body;
  for await (const piece of body ?? []) {
    const events = (text + decoder.decode(piece, { stream: true })).split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (data !== undefined) told.push(...(JSON.parse(data) as { changes: ToldChange[] }).changes);
    }
  }
}

/** Follows the changes of the server at `base`; resolves once it is told of them. */
export async function followChanges(base: string): Promise<ReadStream> {
  const abort = new AbortController();
  const answer = await callAs(base, 'viewer', '/api/events', { signal: abort.signal });
  if (answer.status !== 200) throw new Error(`the stream was answered with ${String(answer.status)}`);
  const told: ToldChange[] = [];
  const ended = readChanges(answer, told).catch((error: unknown) => {
    if (!abort.signal.aborted) throw error;
  });
  return { told, ended, leave: () => abort.abort() };
}

/** Waits until `holds` says so of what a call of the admin API gives. */
export function waitForAnswer<T>(
  what: string,
  ask: () => Promise<Response>,
  holds: (answer: T) => boolean,
): Promise<T> {
  return waitFor(what, async () => {
    const answer = (await (await ask()).json()) as T;
    return holds(answer) ? answer : null;
  });
}
