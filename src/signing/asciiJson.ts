// JSON that is a legal header value whatever it holds.

/** One UTF-16 code unit that JSON allows raw and a header does not: DEL and everything that is not ASCII. */
const notPrintable = /[\x7f-\uffff]/g;
const anyNotPrintable = /[\x7f-\uffff]/;

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/**
 * JSON in printable ASCII alone. `JSON.stringify` itself escapes control characters and lone surrogates; what is left
 * becomes `\uXXXX`, one escape for each UTF-16 code unit, which every JSON parser turns back.
 */
export function asciiJson(value: unknown): string {
  const json = JSON.stringify(value);
  // The test without the global flag is cheaper than a replace that finds nothing, which is the common case.
  return anyNotPrintable.test(json) ? json.replace(notPrintable, escapeUnit) : json;
}
