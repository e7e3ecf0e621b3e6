// What a range shoots at: the built server, both ways, and for comparison http-proxy as it comes.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import httpProxy from 'http-proxy';
import type { ConfigInput } from '../../../src/config/index.ts';
import { scratchDir, startServer } from '../../support/process.ts';
import type { Way } from './judge.ts';
import type { Front } from './range.ts';

const routes: Readonly<Record<Way, Omit<ConfigInput, 'botHosts'>>> = {
  webhooks: { routes: [{ name: 'all', path: '/*' }] },
  'pass-through': { routes: [{ name: 'one', path: '/one/route/only' }], passThrough: { botHost: 'main' } },
};

/** The built server as a process, all its requests over one connection to the bot host. */
export async function serverFront(way: Way, botHostUrl: string): Promise<Front> {
  const dir = scratchDir('hookward-attack-');
  const server = await startServer({
    dir: dir.path,
    config: {
      ...routes[way],
      botHosts: { main: { url: botHostUrl, concurrency: 1 } },
      access: { perAddress: null },
    },
  });
  return {
    url: server.publicUrl,
    async close() {
      await server.kill();
      dir.remove();
    },
  };
}

/**
 * http-proxy 1.18.1 as its documentation shows it, our headers set where its users set them, in `proxyReq`: what a
 * judge that is worth anything must find fault with.
 */
export async function bareProxyFront(botHostUrl: string): Promise<Front> {
  const proxy = httpProxy.createProxyServer({ target: botHostUrl, xfwd: true });
  proxy.on('proxyReq', (upstream) => {
    for (const name of upstream.getHeaderNames())
      if (name.startsWith('hookward-')) upstream.removeHeader(name);
  });
  proxy.on('error', (_error, _request, response) => {
    if ('writeHead' in response && !response.headersSent) response.writeHead(502);
    response.end();
  });
  const server = createServer((request, response) => proxy.web(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      proxy.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
