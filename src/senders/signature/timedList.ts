// The header that Stripe and Paddle share in all but its marks: named elements, one of them the time of signing.
import { hexBytes } from './encoding.ts';

/** What stands in such a header. */
export interface TimedSignatures {
  /** The time of signing as it was written, which is how it is signed. */
  readonly time: string;
  /** At least one. */
  readonly signatures: readonly Buffer[];
}

/** How the sender writes it. */
export interface TimedListMarks {
  readonly separator: string;
  readonly time: string;
  readonly signature: string;
}

/**
 * Takes `TIME=...` and one or more `SIGNATURE=HEX` out of `header`. Elements of other names, and signatures that are no
 * hex, are passed over: a sender may add schemes. Null where the time is missing or repeated, or no signature is left.
 */
export function timedSignatures(header: string, marks: TimedListMarks): TimedSignatures | null {
  let time: string | null = null;
  const signatures: Buffer[] = [];
  for (const element of header.split(marks.separator)) {
    const sign = element.indexOf('=');
    if (sign === -1) return null;
    const name = element.slice(0, sign);
    const value = element.slice(sign + 1);
    if (name === marks.time) {
      if (time !== null) return null;
      time = value;
    } else if (name === marks.signature) {
      const bytes = hexBytes(value);
      if (bytes !== null) signatures.push(bytes);
    }
  }
  return time === null || signatures.length === 0 ? null : { time, signatures };
}
