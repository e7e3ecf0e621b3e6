// Small texts that senders publish, such as the certificates of their signatures.
import type { DocumentSource } from '../senders/index.ts';

/** A certificate with its chain takes some 10 KiB. */
const bytesMax = 256 * 1024;
const timeoutMs = 5_000;

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw new Error(`the document has more than ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Fetches over HTTPS alone; within 5 s, at most 256 KiB, and without following redirects. */
export const fetchDocument: DocumentSource = async (url) => {
  if (!url.startsWith('https://')) throw new Error('documents are fetched over HTTPS only');
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`the document's server answered ${response.status}`);
  return boundedText(response);
};
