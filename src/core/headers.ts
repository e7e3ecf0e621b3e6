/** Header lists are flat: names and values by turns, as Node's `rawHeaders` gives them. */
export type RawHeaders = readonly string[];

/** The first value of `name` (given in lower case), or null. */
export function headerValue(headers: RawHeaders, name: string): string | null {
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const candidate = headers[at] as string;
    if (candidate.length === name.length && candidate.toLowerCase() === name)
      return headers[at + 1] as string;
  }
  return null;
}

/** Every value of `name` (given in lower case), in order. */
export function headerValues(headers: RawHeaders, name: string): string[] {
  const values: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const candidate = headers[at] as string;
    if (candidate.length === name.length && candidate.toLowerCase() === name)
      values.push(headers[at + 1] as string);
  }
  return values;
}
