import type { VerifyReport } from '../../app/index.ts';
import { table } from '../terminal/table.ts';

const shownMax = 20;

const lines = (...pairs: readonly (readonly [isShown: boolean, text: string])[]) =>
  pairs.filter(([isShown]) => isShown).map(([, text]) => text);

/** What is wrong beyond the table, a sentence each. */
function sentences(report: VerifyReport): string[] {
  const { openError, dropped, affected } = report;
  const more = affected.length - shownMax;
  return lines(
    [openError !== null, `The database cannot be opened: ${openError ?? ''}.`],
    [report.formatWrong, 'The file format.json beside the database is missing or cannot be read.'],
    [report.unreadableBlocks > 0, `Blocks that cannot be read: ${String(report.unreadableBlocks)}.`],
    [dropped.length > 0, `Thrown away by the database when it was opened: ${String(dropped.length)} pieces.`],
    [
      report.batchesMissing > 0,
      `The end of the log is missing: ${String(report.batchesMissing)} batches that had been on disk.`,
    ],
    [report.webhooksMissing > 0, `Webhooks that are missing altogether: ${String(report.webhooksMissing)}.`],
    [report.strangeKeys > 0, `Keys that are none of the log's: ${String(report.strangeKeys)}.`],
    [report.countersWrong, 'The counters do not say what the log holds.'],
    [affected.length > 0, `Webhooks that something is wrong with:`],
    ...affected.slice(0, shownMax).map((id) => [true, `  ${id}`] as const),
    [more > 0, `  and ${String(more)} more: see --json`],
  );
}

/** A report as people read it: what there is, what is wrong of it, and a verdict. */
export function reportText(report: VerifyReport): string {
  const rows = Object.entries(report.spaces).map(([name, space]) => [
    name,
    ...[space.records, space.unreadable, space.unbacked, space.missing, space.bytes].map(String),
  ]);
  const titles = ['RECORDS OF', 'COUNT', 'UNREADABLE', 'UNBACKED', 'MISSING', 'BYTES'];
  const states = Object.entries(report.webhooks).map(([state, count]) => `${String(count)} ${state}`);
  return [
    ...(report.openError === null
      ? [
          table(
            titles.map((title) => ({ title })),
            rows,
          ),
          `Webhooks: ${states.join(', ')}.`,
        ]
      : []),
    ...sentences(report),
    report.isSound ? 'The log is sound.' : 'The log is damaged.',
  ].join('\n');
}
