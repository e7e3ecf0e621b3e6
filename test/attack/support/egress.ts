// Loaded into the server's process before anything else (`--import`): writes down every name that it looks up and every
// socket that it opens to somebody, one line each, into the file that HOOKWARD_EGRESS names.
import type * as Dgram from 'node:dgram';
import type * as Dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';

// The one object of each module, which CommonJS and, after `syncBuiltinESMExports`, ES modules see.
const require = createRequire(import.meta.url);
const dgram = require('node:dgram') as typeof Dgram;
const dns = require('node:dns') as typeof Dns;

const file = process.env['HOOKWARD_EGRESS'];

const note = (line: string) => {
  if (file !== undefined) appendFileSync(file, `${line}\n`);
};

/** Every TCP connection of JavaScript's goes through here, those of TLS, of undici and of http-proxy too. */
const connectAsItWas = Reflect.get(Socket.prototype, 'connect') as (...given: unknown[]) => Socket;
Socket.prototype.connect = function connect(this: Socket, ...given: unknown[]): Socket {
  // Node's own callers hand over their arguments in a list.
  const [first, second] = given.flat() as [unknown, unknown];
  if (typeof first === 'object' && first !== null) {
    const { host, port, path } = first as { host?: string; port?: number | string; path?: string };
    note(port === undefined ? `path ${String(path)}` : `tcp ${host ?? 'localhost'}:${port}`);
  } else {
    note(`tcp ${typeof second === 'string' ? second : 'localhost'}:${String(first)}`);
  }
  return connectAsItWas.apply(this, given);
};

const lookupAsItWas = dns.lookup as (...given: unknown[]) => unknown;
Object.assign(dns, {
  lookup: Object.assign((name: string, ...rest: unknown[]) => {
    note(`name ${name}`);
    return lookupAsItWas(name, ...rest);
  }, lookupAsItWas),
});

const createSocketAsItWas = dgram.createSocket as (...given: unknown[]) => unknown;
Object.assign(dgram, {
  createSocket: (...given: unknown[]) => {
    note('udp');
    return createSocketAsItWas(...given);
  },
});

syncBuiltinESMExports();
