import type { Draft } from '../checks/draft.ts';
import type { FileReader } from './files.ts';
import { readFailure } from './files.ts';
import type { Finding } from './issues.ts';
import type { SecretFile } from './values.ts';

/** A certificate chain with room to spare. */
const tlsBytesMax = 1024 * 1024;

/** Whether certificate and key can be read. Their content is judged by the listener, which reads them again anyway. */
export async function tlsFiles(
  draft: Draft,
  readFile: FileReader,
): Promise<{ readonly findings: readonly Finding[]; readonly keys: readonly SecretFile[] }> {
  const findings: Finding[] = [];
  const keys: SecretFile[] = [];
  const tls = draft.listen?.tls ?? null;
  if (tls === null) return { findings, keys };
  for (const name of ['cert', 'key'] as const) {
    const refuse = (why: string) =>
      findings.push({
        steps: ['listen', 'tls', name],
        what: 'value',
        message: `the file cannot be used: ${why}`,
      });
    try {
      const { bytes, readableByOthers } = await readFile(tls[name], tlsBytesMax);
      if (bytes.length > tlsBytesMax) refuse('it is larger than 1 MiB');
      if (name === 'key') keys.push({ path: tls[name], readableByOthers });
    } catch (error) {
      refuse(readFailure(error));
    }
  }
  return { findings, keys };
}
