// Sends foreign corpora of raw requests at a live server and judges what came to the bot host; the files stay where they
// are. Usage: node dist/test/attack/corpus.js [--bare] FILE...   (--bare: at http-proxy alone, to see the judge find it out)
// A file is a JSON array of objects with `raw` (the request, `@HOST@` for the server's) and `id` or `name`.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { bareProxyFront, serverFront } from './support/fronts.ts';
import type { Way } from './support/judge.ts';
import { openRange } from './support/range.ts';

interface Vector {
  readonly raw: string;
  readonly id?: string;
  readonly name?: string;
}

interface Tally {
  sent: number;
  /** Vectors of which at least one request came to the bot host. */
  passed: number;
  arrived: number;
  readonly faults: string[];
}

function bytesOf({ raw }: Vector): Buffer {
  const text = raw.replaceAll('@HOST@', 'hooks.example');
  return Buffer.from(text, /^[\0-\xff]*$/.test(text) ? 'latin1' : 'utf8');
}

async function runCorpus(vectors: readonly Vector[], way: Way, isBare: boolean): Promise<Tally> {
  const range = await openRange(way, isBare ? bareProxyFront : (url) => serverFront(way, url));
  const tally: Tally = { sent: 0, passed: 0, arrived: 0, faults: [] };
  try {
    for (const vector of vectors) {
      const { arrived, faults } = await range.shoot(bytesOf(vector));
      tally.sent += 1;
      tally.passed += arrived.length > 0 ? 1 : 0;
      tally.arrived += arrived.length;
      for (const fault of faults) tally.faults.push(`${vector.id ?? vector.name ?? '?'}: ${fault}`);
    }
  } finally {
    await range.close();
  }
  return tally;
}

const isBare = process.argv.includes('--bare');
const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
if (files.length === 0) throw new Error('usage: node dist/test/attack/corpus.js [--bare] FILE...');
let isFaulty = false;
for (const file of files) {
  const vectors = JSON.parse(readFileSync(file, 'utf8')) as readonly Vector[];
  for (const way of isBare ? (['pass-through'] as const) : (['webhooks', 'pass-through'] as const)) {
    const { sent, passed, arrived, faults } = await runCorpus(vectors, way, isBare);
    isFaulty ||= faults.length > 0;
    process.stdout.write(
      `${basename(file)}, ${way}: ${sent} sent, ${passed} passed, ${arrived} requests arrived, ${faults.length} faults\n`,
    );
    for (const fault of faults) process.stdout.write(`  ${fault}\n`);
  }
}
process.exitCode = isFaulty ? 1 : 0;
