import { printable } from './terminal.ts';

/** A column: its title, and the longest it may get (the rest becomes an ellipsis). */
export interface Column {
  readonly title: string;
  readonly widthMax?: number;
}

function cut(text: string, widthMax: number): string {
  return text.length <= widthMax ? text : `${text.slice(0, widthMax - 1)}…`;
}

/** Rows as aligned lines under their titles. Cells are made printable. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) =>
    columns.map(({ widthMax = 80 }, index) => cut(printable(row[index] ?? ''), widthMax)),
  );
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => (row[index] ?? '').length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)].join('\n');
}
