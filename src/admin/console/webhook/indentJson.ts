// Lays JSON out without reading it into values: numbers keep all their digits, names their order and repeats, and texts
// their escapes. What is shown is what was sent, but for the blanks.

const indentation = '  ';

/** The pieces of JSON: texts, brackets, commas, colons, and everything else that has no blanks in it. */
const piece = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** `text` with each member on a line of its own, or null where it is no JSON object or list. */
export function indentJson(text: string): string | null {
  if (!/^\s*[{[]/.test(text) || !isJson(text)) return null;
  let out = '';
  let depth = 0;
  let previous = '';
  const newLine = () => `\n${indentation.repeat(Math.min(depth, 40))}`;
  for (const [token] of text.matchAll(piece)) {
    const isOpening = token === '{' || token === '[';
    const isClosing = token === '}' || token === ']';
    if (isClosing) {
      depth -= 1;
      if (previous !== '{' && previous !== '[') out += newLine();
    } else if (previous === '{' || previous === '[' || previous === ',') {
      out += newLine();
    }
    out += token === ':' ? ': ' : token;
    if (isOpening) depth += 1;
    previous = token;
  }
  return out;
}
