// One side of the benchmark as a process of its own: `node servers.js bot-host`, `... http-proxy BOT_HOST_URL`.
// Prints its address as the first line. Hookward itself is started by its own command.
import { createServer, Agent } from 'node:http';
import type { AddressInfo } from 'node:net';
import httpProxy from 'http-proxy';

function listen(server: ReturnType<typeof createServer>): void {
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => {
    process.stdout.write(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}\n`);
  });
}

const [role, target] = process.argv.slice(2);
if (role === 'bot-host') {
  const answer = JSON.stringify({ answer: 'ok' });
  listen(
    createServer((request, response) => {
      request.resume();
      request.on('end', () => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length });
        response.end(answer);
      });
    }),
  );
} else if (role === 'http-proxy' && target !== undefined) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const proxy = httpProxy.createProxyServer({ target, agent });
  proxy.on('error', (error, _request, response) => {
    process.stderr.write(`${error.message}\n`);
    if ('writeHead' in response) response.writeHead(502);
    response.end();
  });
  listen(createServer((request, response) => proxy.web(request, response)));
} else {
  throw new Error('usage: servers.js bot-host | http-proxy URL');
}
