// The field of RFC 7239, parsed by its grammar and nothing else. A caller can put an open quote into its own part so
// that it swallows what a proxy adds behind it; the strict grammar makes such a field malformed, never misread.

const space = 32;
const tab = 9;
const quote = 34;
const comma = 44;
const semicolon = 59;
const equals = 61;
const backslash = 92;

function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && (text.charCodeAt(at) === space || text.charCodeAt(at) === tab)) at += 1;
  return at;
}

/** RFC 9110's tchar. */
function isTokenCharacter(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    "!#$%&'*+-.^_`|~".includes(String.fromCharCode(code))
  );
}

function endOfToken(text: string, from: number): number {
  let at = from;
  while (at < text.length && isTokenCharacter(text.charCodeAt(at))) at += 1;
  return at;
}

/** A token or the inside of a quoted string; null where there is neither at `from`. */
function readValue(text: string, from: number): { readonly value: string; readonly end: number } | null {
  if (text.charCodeAt(from) !== quote) {
    const end = endOfToken(text, from);
    return end === from ? null : { value: text.slice(from, end), end };
  }
  let value = '';
  for (let at = from + 1; at < text.length; at += 1) {
    let code = text.charCodeAt(at);
    if (code === quote) return { value, end: at + 1 };
    if (code === backslash) {
      at += 1;
      if (at === text.length) return null;
      code = text.charCodeAt(at);
    }
    if (code !== tab && (code < space || code === 127)) return null;
    value += String.fromCharCode(code);
  }
  return null;
}

/** One element, from its first character to the comma or the end behind it; null where it is malformed. */
function readElement(text: string, from: number): { readonly node: string; readonly end: number } | null {
  let node: string | null = null;
  let at = skipSpace(text, from);
  for (;;) {
    const nameEnd = endOfToken(text, at);
    if (nameEnd > at) {
      const name = text.slice(at, nameEnd).toLowerCase();
      if (text.charCodeAt(nameEnd) !== equals) return null;
      const read = readValue(text, nameEnd + 1);
      // A parameter must not occur twice in an element (RFC 7239, 4): which of two would count?
      if (read === null || (name === 'for' && node !== null)) return null;
      if (name === 'for') node = read.value;
      at = skipSpace(text, read.end);
    }
    if (at === text.length || text.charCodeAt(at) === comma) return { node: node ?? '', end: at };
    if (text.charCodeAt(at) !== semicolon) return null;
    at = skipSpace(text, at + 1);
  }
}

/**
 * The `for` values of a Forwarded field line, in order, unquoted; an empty text stands for an element without one. Null
 * where the line is malformed.
 */
export function forwardedNodes(line: string): readonly string[] | null {
  const nodes: string[] = [];
  for (let at = 0; ; at += 1) {
    const element = readElement(line, at);
    if (element === null) return null;
    nodes.push(element.node);
    at = element.end;
    if (at === line.length) return nodes;
  }
}
