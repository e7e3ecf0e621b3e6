// Holds what arrived at the bot host against what was sent. Pure.
import { headerValues } from '../../../src/core/headers.ts';
import type { WireRequest } from './wire.ts';

/** How requests come to the bot host: as webhooks, signed by us, or passed through without a word of ours. */
export type Way = 'webhooks' | 'pass-through';

/** Every forged value of the cases holds this text. */
export const forgedMark = 'forged-by-the-caller';

const ownNames = ['hookward-id', 'hookward-timestamp', 'hookward-options', 'hookward-signature'];
const hopByHop = ['te', 'trailer', 'expect', 'keep-alive', 'proxy-connection', 'proxy-authorization'];

/** One spelling for all that servers behind may take for the same name. */
const folded = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '-');

/** What is wrong with the header of one arrival, in sentences. */
function headerFaults({ headers }: WireRequest, way: Way): string[] {
  const faults: string[] = [];
  const names = headers.filter((_, at) => at % 2 === 0);
  const own = names.filter((name) => folded(name).startsWith('hookward-'));
  const due = way === 'webhooks' ? ownNames : [];
  if (own.toSorted().join() !== due.toSorted().join())
    faults.push(`our headers are ${own.join(', ') || 'missing'}`);
  for (const name of ['x-forwarded-for', 'x-forwarded-proto', 'forwarded']) {
    if (names.filter((one) => folded(one) === name).length !== 1) faults.push(`not exactly one ${name}`);
  }
  if (headerValues(headers, 'x-forwarded-for').join() !== '127.0.0.1') faults.push('another address');
  const hops = way === 'webhooks' ? [...hopByHop, 'upgrade', 'transfer-encoding'] : hopByHop;
  for (const name of names) if (hops.includes(folded(name))) faults.push(`${name} was passed on`);
  return faults;
}

function isSame(arrived: WireRequest, sent: WireRequest): boolean {
  return arrived.method === sent.method && arrived.target === sent.target && arrived.body.equals(sent.body);
}

/**
 * Judges what one connection's bytes led to.
 *
 * @param sent What was sent as requests, and can be read in one way only.
 * @param arrived What the bot host got meanwhile. Any of `sent` may be missing (refused), and their order is not promised;
 * nothing else may be there, and none twice.
 * @returns what is wrong, in sentences.
 */
export function judgeArrivals(
  sent: readonly WireRequest[],
  arrived: readonly WireRequest[],
  way: Way,
): string[] {
  const faults: string[] = [];
  const left = [...sent];
  for (const request of arrived) {
    const what = `${request.method} ${request.target}`;
    const found = left.findIndex((one) => isSame(request, one));
    if (found < 0) faults.push(`nobody sent ${what} with ${request.body.length} bytes`);
    else left.splice(found, 1);
    const ours = request.headers.filter((name, at) => {
      const before = request.headers[at - 1] ?? '';
      return at % 2 === 1 && folded(before).startsWith('hookward-') && name.includes(forgedMark);
    });
    // The options repeat the caller's own headers, so that only the other three must be free of its words.
    const forged = ours.filter((value) => !value.startsWith('{"v":'));
    if (forged.length > 0) faults.push(`a header of ours is forged on ${what}`);
    for (const fault of headerFaults(request, way)) faults.push(`${what}: ${fault}`);
  }
  return faults;
}
