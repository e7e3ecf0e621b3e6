// Looks single fields up in a raw query, without taking it apart or changing it.

const ampersand = 0x26;
const equals = 0x3d;

/** Decodes as HTML forms do: `+` is a space; what is not valid percent-encoded UTF-8 is left as it stands. */
function decoded(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

/**
 * The first value of the query field `name` in `target`, decoded; '' for a field without `=`; null where there is none.
 * The name is compared as it stands on the wire, and decoded where it holds an escape.
 *
 * @param pathEnd Index of the target's `?`, or its length.
 */
export function queryValue(target: string, pathEnd: number, name: string): string | null {
  let from = pathEnd + 1;
  while (from < target.length) {
    let until = from;
    let sign = -1;
    for (; until < target.length; until += 1) {
      const code = target.charCodeAt(until);
      if (code === ampersand) break;
      if (code === equals && sign === -1) sign = until;
    }
    const nameEnd = sign === -1 ? until : sign;
    const isNamed =
      (nameEnd - from === name.length && target.startsWith(name, from)) ||
      (nameEnd - from > name.length && decoded(target.slice(from, nameEnd)) === name);
    if (isNamed) return sign === -1 ? '' : decoded(target.slice(sign + 1, until));
    from = until + 1;
  }
  return null;
}
