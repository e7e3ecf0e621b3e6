import { z } from 'zod';

const durationUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

function scaled(text: string, pattern: RegExp, units: Readonly<Record<string, number>>): number | null {
  const match = pattern.exec(text);
  const factor = units[match?.[2] ?? ''];
  return match === null || factor === undefined ? null : Math.round(Number(match[1]) * factor);
}

/** Milliseconds of `250ms`, `25s`, `10m`, `24h`, `7d`; null where the text is none of these. */
export function parseDuration(text: string): number | null {
  return scaled(text, /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/, durationUnits);
}

/** Bytes of `512B`, `64KiB`, `1MiB`, `10GiB`; null where the text is none of these. */
export function parseSize(text: string): number | null {
  return scaled(text, /^(\d{1,9}(?:\.\d{1,3})?)(B|KiB|MiB|GiB|TiB)$/, sizeUnits);
}

function unit(parse: (text: string) => number | null, example: string, name: string) {
  return z
    .string({ error: `expected ${name} such as ${example}` })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== null) return value;
      context.issues.push({ code: 'custom', message: `expected ${name} such as ${example}`, input: text });
      return z.NEVER;
    })
    .meta({ unit: name, examples: [example] });
}

/** A length of time, written with its unit; milliseconds after parsing. */
export const duration = () => unit(parseDuration, '25s', 'a duration');

/** An amount of bytes, written with its unit; bytes after parsing. */
export const size = () => unit(parseSize, '1MiB', 'a size');
