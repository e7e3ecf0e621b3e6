import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { HookwardError } from '../core/errors.ts';
import type { Service } from '../core/service.ts';
import { createAdminApi } from './api/app.ts';
import { isLoopback } from './loopback.ts';
import type { AdminParts } from './parts.ts';

/** Where the admin listener is opened. */
export interface AdminListen {
  readonly host: string;
  readonly port: number;
}

/** The admin listener: started before the public one, so that health is seen from the first moment. */
export interface AdminListener extends Service {
  /** e.g. `http://127.0.0.1:8081`; known after `start`. */
  url(): string;
}

function refuseWithoutTokens(listen: AdminListen, parts: AdminParts): void {
  if (isLoopback(listen.host) || parts.tokens().length > 0) return;
  throw new HookwardError('admin-needs-tokens', {
    message:
      `admin.host is ${listen.host}, which other machines can reach, but admin.tokens is empty. ` +
      'Make a token with `hookward keys token --role admin` and put its line under admin.tokens, or listen on 127.0.0.1.',
  });
}

function listen(server: Server, { host, port }: AdminListen): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const message = `The admin listener cannot be opened on ${host}:${String(port)} (${error.code ?? error.message}). Change admin.host or admin.port.`;
      reject(new HookwardError('listen-failed', { message, cause: error }));
    });
    server.listen(port, host, resolve);
  });
}

/** Builds the admin listener. `start` throws HookwardError `admin-needs-tokens`, `listen-failed`. */
export function createAdminListener(where: AdminListen, parts: AdminParts): AdminListener {
  let server: Server | null = null;
  let url = '';
  return {
    url: () => url,
    async start() {
      refuseWithoutTokens(where, parts);
      const app = createAdminApi(parts);
      const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false });
      const opened = createServer(
        { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 },
        (request, response) => void answer(request, response),
      );
      await listen(opened, where);
      server = opened;
      const { address, port, family } = opened.address() as AddressInfo;
      url = `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}`;
    },
    async stop(deadlineMs) {
      const closing = server;
      server = null;
      if (closing === null) return;
      parts.live.close();
      const cut = setTimeout(() => closing.closeAllConnections(), deadlineMs);
      await new Promise<void>((resolve) => {
        closing.close(() => resolve());
        closing.closeIdleConnections();
      });
      clearTimeout(cut);
    },
  };
}
