// The demo's example bot host: what already runs at an operator's, a small stand-in for a bot platform. It knows nothing
// of Hookward but how to verify its headers.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyWebhook, type VerifiedWebhook } from '../../signing/bot.ts';

/** One call as a bot's command sees it. */
interface CommandCall extends VerifiedWebhook {
  readonly query: URLSearchParams;
}

interface CommandAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly location?: string;
}

/** What the platform answers after a command's last message. */
const said = (answer: string): CommandAnswer => ({
  status: 200,
  contentType: 'application/json',
  body: JSON.stringify({ answer }),
});

type Command = (call: CommandCall) => CommandAnswer;

/** How often `/onUnsteady` throws before it works. */
const throwsBeforeItWorks = 2;

/** The bot's commands. A command that throws is answered with 503, as the platform does. */
function commandsOf(tries: Map<string, number>): Readonly<Record<string, Command>> {
  return {
    '/onWebhook': ({ content, query }) => said(`user ${query.get('user_id') ?? '?'} sent: ${content ?? ''}`),
    '/onPayment': ({ content }) => {
      const { user_id: user, amount } = JSON.parse(content ?? '') as { user_id: number; amount: string };
      return said(`user ${String(user)} paid ${amount}`);
    },
    '/onUnsteady': ({ id }) => {
      const soFar = tries.get(id) ?? 0;
      tries.set(id, soFar + 1);
      if (soFar < throwsBeforeItWorks) throw new Error('Error on webhook');
      return said(`worked at try ${String(soFar + 1)}`);
    },
    '/page': ({ options }) => ({
      status: 200,
      contentType: 'text/html; charset=utf-8',
      body: `<!doctype html><title>Demo</title><h1>Hello from the bot</h1><p>You called by ${options.method}.</p>`,
    }),
    '/cat': ({ content, query }) => ({
      status: 302,
      contentType: 'text/plain',
      body: content ?? '',
      location: query.get('redirect_to') ?? '/',
    }),
  };
}

/** A running example bot host. */
export interface DemoBotHost {
  readonly url: string;
  /** Every call that reached it and whose signature held. */
  readonly calls: readonly { readonly id: string; readonly attempt: number; readonly replay: number }[];
  stop(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, { status, contentType, body, location }: CommandAnswer): void {
  response.writeHead(status, { 'content-type': contentType, ...(location !== undefined && { location }) });
  response.end(body);
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`),
    );
  });
}

/**
 * Starts the example bot host on loopback.
 *
 * @param keys Signing keys to verify with.
 * @param port 0 takes any free one.
 */
export async function startDemoBotHost(keys: readonly string[], port: number): Promise<DemoBotHost> {
  const calls: { id: string; attempt: number; replay: number }[] = [];
  const commands = commandsOf(new Map());

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const query = new URL(request.url ?? '/', 'http://bot.invalid').searchParams;
    try {
      const verified = verifyWebhook({ headers: request.headers, body: await bodyOf(request), keys });
      calls.push({ id: verified.id, attempt: verified.options.attempt, replay: verified.options.replay });
      const command = commands[query.get('command') ?? ''];
      if (command === undefined) throw new Error('no such command');
      send(response, command({ ...verified, query }));
    } catch (error) {
      send(response, {
        status: 503,
        contentType: 'text/plain',
        body: error instanceof Error ? error.message : 'error',
      });
    }
  }

  const server = createServer((request, response) => void answer(request, response));
  const url = await listen(server, port);
  return {
    url,
    calls,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
