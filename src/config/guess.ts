/** Longer names are not compared: the cost grows with the product of both lengths. */
const comparedCharactersMax = 64;

/** How many single edits (insert, delete, replace, swap of neighbours) lead from one text to the other. */
export function editDistance(one: string, other: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let at = 1; at <= other.length; at += 1) {
      const replaced = (last[at - 1] ?? 0) + (one[row - 1] === other[at - 1] ? 0 : 1);
      let best = Math.min(replaced, (last[at] ?? 0) + 1, (current[at - 1] ?? 0) + 1);
      if (row > 1 && at > 1 && one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1])
        best = Math.min(best, (beforeLast[at - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? 0;
}

const plain = (name: string) => name.toLowerCase().replace(/[-_ ]/g, '');

/** So much of a longer name must stand there for it to be guessed. */
const beginningCharactersMin = 4;

/** The shortest of `known` that begins with `wanted`. */
function begunWith(wanted: string, known: readonly string[]): string | null {
  if (wanted.length < beginningCharactersMin) return null;
  const longer = known.filter((candidate) => plain(candidate).startsWith(wanted));
  return longer.sort((one, other) => one.length - other.length)[0] ?? null;
}

/**
 * The one of `known` that `name` was probably meant to be, or null. Case, dashes and underscores do not count; else one
 * edit in three characters is forgiven, or all that follows a beginning.
 */
export function nearest(name: string, known: readonly string[]): string | null {
  if (name.length > comparedCharactersMax) return null;
  const wanted = plain(name);
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    if (candidate.length > comparedCharactersMax) continue;
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best ?? begunWith(wanted, known);
}
