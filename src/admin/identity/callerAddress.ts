import type { IncomingMessage } from 'node:http';

/**
 * Where a call comes from, as failed logins are counted: an address, or the /64 of an IPv6 one. Behind a trusted proxy
 * it is the client's own, which nobody but that proxy can say.
 */
export type CallerAddress = (call: IncomingMessage | undefined) => string;
