// A request as a command for a POSIX shell with curl. Everything in it was sent by a stranger: it is quoted so that the
// shell takes each part for one text and runs none of it, and a part that begins with a dash or an @ is no option or file.
import { utf8Text } from './bytes.ts';

/** A request to be written as a command. */
export interface CurlRequest {
  readonly method: string;
  readonly scheme: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array;
  /** The name of the file that a body is read from which is too long for a command line. */
  readonly bodyFile: string;
}

/** Shells take some 128 KiB in one argument; people far less. */
const bodyBytesMax = 16 * 1024;

/** curl makes these itself, or they are about the connection that was, not about the request. */
const ownHeaders =
  /^(host|content-length|connection|transfer-encoding|expect|keep-alive|te|trailer|upgrade)$/i;

/** `text` as one word of a POSIX shell; controls in the `$'…'` form, which takes them as escapes. */
export function shellWord(text: string): string {
  if (!/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/.test(text))
    return `'${text.replaceAll("'", "'\\''")}'`;
  const bytes = Buffer.from(text);
  let quoted = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (character === "'" || character === '\\') quoted += `\\${character}`;
    else if (byte >= 0x20 && byte < 0x7f) quoted += character;
    else quoted += `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return `$'${quoted}'`;
}

/** A host as a URL may hold it; anything else is no host, and is left for the reader to fill in. */
function authorityOf(headers: CurlRequest['headers']): string {
  const host = headers.find(([name]) => name.toLowerCase() === 'host')?.[1] ?? '';
  return /^[\w.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i.test(host) ? host : 'HOST';
}

function bodyArgument({ body, bodyFile }: CurlRequest): string[] {
  if (body.length === 0) return [];
  const text = body.length <= bodyBytesMax ? utf8Text(body) : null;
  // A NUL can stand in no argument, and an @ in front means a file: --data-raw takes it as it is.
  if (text === null || text.includes('\0')) return [`--data-binary @${bodyFile}`];
  return [`--data-raw ${shellWord(text)}`];
}

/** The command, a part a line. */
export function curlCommand(request: CurlRequest): string {
  const { method, scheme, target, headers } = request;
  const sent = headers.filter(([name]) => !ownHeaders.test(name));
  return [
    'curl --globoff --path-as-is',
    `--request ${shellWord(method)}`,
    // A header without a value is written with a semicolon: with a colon curl would leave it out.
    ...sent.map(([name, value]) => `--header ${shellWord(value === '' ? `${name};` : `${name}: ${value}`)}`),
    ...bodyArgument(request),
    `--url ${shellWord(`${scheme}://${authorityOf(headers)}${target}`)}`,
  ].join(' \\\n  ');
}

/** Whether the command reads the body from a file that must be downloaded first. */
export function needsBodyFile(request: CurlRequest): boolean {
  return bodyArgument(request)[0]?.startsWith('--data-binary') ?? false;
}
