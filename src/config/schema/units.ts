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
  const value = match === null || factor === undefined ? NaN : Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(value) ? value : null;
}

/** Milliseconds of `250ms`, `25s`, `10m`, `24h`, `7d`; null where the text is none of these. */
export function parseDuration(text: string): number | null {
  return scaled(text, /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/, durationUnits);
}

/** Bytes of `512B`, `64KiB`, `1MiB`, `10GiB`; null where the text is none of these, or beyond 2^53. */
export function parseSize(text: string): number | null {
  return scaled(text, /^(\d{1,9}(?:\.\d{1,3})?)(B|KiB|MiB|GiB|TiB)$/, sizeUnits);
}

/** The least and the most that a field takes, as written in the file. */
interface Bounds {
  readonly min: string;
  readonly max: string;
}

interface Unit extends Bounds {
  readonly parse: (text: string) => number | null;
  readonly name: string;
  readonly example: string;
}

function withUnit({ parse, name, example, min, max }: Unit) {
  const expected = `expected ${name} such as ${example}`;
  const least = parse(min) ?? 0;
  const most = parse(max) ?? Number.MAX_SAFE_INTEGER;
  return z
    .string({ error: expected })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== null && value >= least && value <= most) return value;
      const message = value === null ? expected : `must be between ${min} and ${max}`;
      context.issues.push({ code: 'custom', message, input: text });
      return z.NEVER;
    })
    .meta({ unit: name, sample: example, range: `${min} to ${max}` });
}

/**
 * A length of time, written with its unit; milliseconds after parsing. Zero would switch a timeout off, and a timer of
 * more than 24.8 days fires at once: both only where a field says so.
 */
export const duration = (bounds: Partial<Bounds> = {}) =>
  withUnit({ parse: parseDuration, name: 'a duration', example: '25s', min: '1ms', max: '24h', ...bounds });

/** An amount of bytes, written with its unit; bytes after parsing. */
export const size = (bounds: Partial<Bounds> = {}) =>
  withUnit({ parse: parseSize, name: 'a size', example: '1MiB', min: '0B', max: '64TiB', ...bounds });
