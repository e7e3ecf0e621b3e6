// Two texts side by side: which lines of each are not in the other.

/** A line, and whether the other side lacks it. */
export interface ComparedLine {
  readonly text: string;
  readonly isChanged: boolean;
}

/** The table of the comparison has this many lines on a side at most: 160 000 cells. */
const linesMax = 400;

/** The lengths of the longest common runs of lines from each place on. */
function commonLengths(left: readonly string[], right: readonly string[]): Uint16Array[] {
  const table = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1));
  for (let at = left.length - 1; at >= 0; at -= 1) {
    for (let to = right.length - 1; to >= 0; to -= 1) {
      const row = table[at] as Uint16Array;
      const below = table[at + 1] as Uint16Array;
      row[to] =
        left[at] === right[to] ? (below[to + 1] ?? 0) + 1 : Math.max(below[to] ?? 0, row[to + 1] ?? 0);
    }
  }
  return table;
}

/** Marks in both texts the lines that are not common; long texts are only told the same or not, line by line. */
export function compareLines(
  left: string,
  right: string,
): readonly [readonly ComparedLine[], readonly ComparedLine[]] {
  const lines = [left.split('\n'), right.split('\n')] as const;
  const marks = [lines[0].map(() => true), lines[1].map(() => true)] as const;
  if (Math.max(lines[0].length, lines[1].length) > linesMax) {
    for (const side of [0, 1] as const) {
      for (const [at, line] of lines[side].entries()) marks[side][at] = line !== lines[1 - side]?.[at];
    }
  } else {
    const table = commonLengths(lines[0], lines[1]);
    let at = 0;
    let to = 0;
    while (at < lines[0].length && to < lines[1].length) {
      if (lines[0][at] === lines[1][to]) {
        marks[0][at] = false;
        marks[1][to] = false;
        at += 1;
        to += 1;
      } else if ((table[at + 1]?.[to] ?? 0) >= (table[at]?.[to + 1] ?? 0)) at += 1;
      else to += 1;
    }
  }
  const marked = (side: 0 | 1) =>
    lines[side].map((text, at) => ({ text, isChanged: marks[side][at] ?? true }));
  return [marked(0), marked(1)];
}
