import type { Failed, FailureCause } from '../core/attempt.ts';

/** Long enough for the system's words, short enough for the log. */
const detailCharactersMax = 300;

const causesByCode: Readonly<Record<string, FailureCause>> = {
  ECONNREFUSED: 'connection-refused',
  // No way to the host is, for who reads it, the same as a closed door: nothing was sent.
  EHOSTUNREACH: 'connection-refused',
  ENETUNREACH: 'connection-refused',
  EADDRNOTAVAIL: 'connection-refused',
  EHOSTDOWN: 'connection-refused',
  ENOTFOUND: 'name-not-found',
  EAI_AGAIN: 'name-not-found',
  ENODATA: 'name-not-found',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  ECONNRESET: 'connection-lost',
  ECONNABORTED: 'connection-lost',
  EPIPE: 'connection-lost',
  UND_ERR_SOCKET: 'connection-lost',
  EPROTO: 'tls',
  HOSTNAME_MISMATCH: 'tls',
  UND_ERR_HEADERS_OVERFLOW: 'malformed-answer',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'malformed-answer',
  UND_ERR_DESTROYED: 'interrupted',
  UND_ERR_CLOSED: 'interrupted',
};

/** OpenSSL's verification errors carry these endings or beginnings as their code, e.g. DEPTH_ZERO_SELF_SIGNED_CERT. */
const tlsCode =
  /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|CRL_|ERROR_IN_CERT)|(_CERT|_CERT_IN_CHAIN|_CERT_LOCALLY)$/;

interface Coded {
  readonly code: string;
  readonly message: string;
}

/** The error itself, or the first of those that an AggregateError joins (one for each address tried). */
function codedOf(error: unknown): Coded {
  if (!(error instanceof Error)) return { code: '', message: String(error) };
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  if (inner instanceof Error) return codedOf(inner);
  // Some of undici's parser errors bear no code of their own.
  const fallback = error.name === 'HTTPParserError' ? 'HPE_' : '';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : fallback;
  return { code, message: error.message };
}

function causeOf({ code, message }: Coded, sent: boolean): FailureCause {
  // undici names every fault of a socket alike; only its words tell an answer that broke the protocol.
  if (code === 'UND_ERR_SOCKET' && message.startsWith('bad ')) return 'malformed-answer';
  if (code === 'ETIMEDOUT') return sent ? 'connection-lost' : 'connect-timeout';
  if (code.startsWith('HPE_')) return 'malformed-answer';
  if (tlsCode.test(code)) return 'tls';
  return causesByCode[code] ?? 'unknown';
}

/**
 * The outcome of an attempt that ended with `error` before any answer. `sent` says whether the request had been handed
 * to a connection: when not, nothing of it can have reached the bot, and the detail says so. When it had, the command
 * may have run, whatever became of the connection.
 *
 * The words are undici's, Node's and OpenSSL's: they name hosts, ports and faults, never the target, which may be a secret.
 */
export function failureOf(error: unknown, sent: boolean): Failed {
  const coded = codedOf(error);
  return failed(causeOf(coded, sent), coded.message === '' ? coded.code : coded.message, sent);
}

/** A failure whose cause is known. */
export function failed(cause: FailureCause, words: string, sent: boolean): Failed {
  const reach = sent ? 'the request had been sent' : 'nothing was sent';
  return { kind: 'failed', cause, detail: `${words.slice(0, detailCharactersMax)} (${reach})` };
}
