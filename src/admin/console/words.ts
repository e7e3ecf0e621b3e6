// How numbers, times and codes are said.

const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** A number of bytes for people, e.g. `12.5 KiB`. */
export function bytesText(bytes: number): string {
  let at = 0;
  let value = bytes;
  while (value >= 1024 && at < sizes.length - 1) {
    value /= 1024;
    at += 1;
  }
  return `${at === 0 || value >= 100 ? String(Math.round(value)) : value.toFixed(1)} ${sizes[at] ?? ''}`;
}

/** A duration for people: `0.4 ms`, `830 ms`, `4.2 s`, `3 min 20 s`, `5 h 10 min`, `3 d 4 h`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms < 10 ? String(Math.round(ms * 10) / 10) : String(Math.round(ms))} ms`;
  if (ms < 60_000) return `${String(Math.round(ms / 100) / 10)} s`;
  const pairs = [
    [86_400_000, 'd', 3_600_000, 'h'],
    [3_600_000, 'h', 60_000, 'min'],
    [60_000, 'min', 1000, 's'],
  ] as const;
  for (const [large, largeName, small, smallName] of pairs) {
    if (ms < large) continue;
    const wholes = Math.floor(ms / large);
    const rest = Math.floor((ms - wholes * large) / small);
    return `${String(wholes)} ${largeName}${rest === 0 ? '' : ` ${String(rest)} ${smallName}`}`;
  }
  return '';
}

const grouped = new Intl.NumberFormat('en-US');

/** A count with its thousands set apart. */
export function countText(count: number): string {
  return grouped.format(count);
}

/** `1 webhook`, `2 webhooks`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** A code such as `connection-refused` in words. */
export function wordsOf(code: string): string {
  return code.replaceAll('-', ' ');
}

/** `2026-11-24T10:31:02.123Z` as `2026-11-24 10:31:02.123 UTC`. */
export function utcText(iso: string, precise = false): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, precise ? 23 : 19)} UTC`;
}

/** How long after `from` it was `to`, with a sign. */
export function sinceText(from: string, to: string): string {
  const ms = Date.parse(to) - Date.parse(from);
  return `${ms < 0 ? '\u2212' : '+'}${durationText(Math.abs(ms))}`;
}
