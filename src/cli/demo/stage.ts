import { HookwardError } from '../../core/errors.ts';
import type { Target } from '../client/target.ts';
import type { DemoBotHost } from './botHost.ts';

/** Everything that a step of the demo acts on. */
export interface Stage {
  /** The public address of Hookward. */
  readonly publicUrl: string;
  readonly adminUrl: string;
  /** Support's view of the log. */
  readonly support: Target;
  /** The example bot host as it runs now. */
  readonly botHost: () => DemoBotHost;
  /** Takes the bot host down, or brings it up again on the same port. */
  readonly stopBotHost: () => Promise<void>;
  readonly startBotHost: () => Promise<void>;
  /** A webhook URL for a command of the example bot. */
  readonly linkTo: (
    link: { command: string; user_id?: number; content?: string; redirect_to?: string },
    scheme?: 'hookward',
  ) => string;
  /** Tells the story, line by line. */
  readonly tell: (line: string) => void;
}

/** One chapter of the story. It tells what happens, and throws where that is not what was promised. */
export interface Step {
  readonly title: string;
  readonly run: (stage: Stage) => Promise<void>;
}

/** Ends the demo with what did not go as told. */
export function expect(holds: boolean, what: string): asserts holds {
  if (!holds) throw new HookwardError('demo-failed', { message: `The demo expected: ${what}.` });
}

/** What a caller got. */
export interface CallerAnswer {
  readonly status: number;
  readonly id: string;
  readonly contentType: string;
  readonly location: string | null;
  readonly text: string;
}

/** Calls a webhook URL as a sender does; redirects are shown, not followed. */
export async function call(
  url: string,
  body?: { readonly type: string; readonly text: string },
): Promise<CallerAnswer> {
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    ...(body !== undefined && { headers: { 'content-type': body.type }, body: body.text }),
    redirect: 'manual',
  });
  return {
    status: response.status,
    id: response.headers.get('hookward-id') ?? '',
    contentType: response.headers.get('content-type') ?? '',
    location: response.headers.get('location'),
    text: await response.text(),
  };
}

/** Waits until `holds`, at most `deadlineMs`. */
export async function until(what: string, holds: () => Promise<boolean>, deadlineMs = 20_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!(await holds())) {
    expect(performance.now() < deadline, `${what} within ${String(deadlineMs / 1000)} s`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
