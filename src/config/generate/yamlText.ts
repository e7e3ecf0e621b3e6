/** The longest line of the generated files, the width of the repository's other text. */
const lineCharactersMax = 100;

/** `text` as comment lines, wrapped between words. */
export function commentLines(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && indent.length + 2 + longer.length > lineCharactersMax) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line].map((one) => `${indent}# ${one}`);
}

/** Text that needs no quotes, inside brackets neither: no indicator at its beginning, no colon at its end. */
const plainText = /^[A-Za-z0-9./][A-Za-z0-9._/:*+-]*[A-Za-z0-9._/*+-]$|^[A-Za-z]$/;

/** Text that YAML would read as something else. */
const notText = /^(?:true|false|null|[-+.]?\d[\d_]*(?:\.\d*)?(?:e[-+]?\d+)?|0[xo][\da-f]+|\.inf|\.nan)$/i;

/** A value as YAML on one line. */
export function inlineYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inlineYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${key}: ${inlineYaml(item)}`);
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  return plainText.test(value) && !notText.test(value) ? value : `'${value.replaceAll("'", "''")}'`;
}
