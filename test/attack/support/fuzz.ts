// Made-up input for parsers: text that is made of a grammar's own words as often as of anything.
import fc from 'fast-check';

/** Cases of each property; `HOOKWARD_FUZZ_RUNS=100000` for a long round. */
export const fuzzRuns = Number(process.env['HOOKWARD_FUZZ_RUNS'] ?? 300);

/** Holds `check` against `fuzzRuns` values. */
export function fuzz<T>(values: fc.Arbitrary<T>, check: (value: T) => void): void {
  const property = fc.property(values, (value) => {
    check(value);
  });
  fc.assert(property, { numRuns: fuzzRuns });
}

/** The same for a check that waits. */
export function fuzzAsync<T>(values: fc.Arbitrary<T>, check: (value: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(values, check), { numRuns: fuzzRuns });
}

/** Texts of up to `most` of these words, or of anything. */
export function textOf(words: readonly string[], most = 12): fc.Arbitrary<string> {
  const made = fc.array(fc.constantFrom(...words), { maxLength: most }).map((parts) => parts.join(''));
  return fc.oneof(
    { arbitrary: made, weight: 3 },
    { arbitrary: fc.string({ unit: 'binary', maxLength: 60 }), weight: 1 },
  );
}

/** Texts as Node gives header values: a character for each byte. */
export const latin1 = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

/** Flat header lists of these names, in any case, and of others. */
export function headersOf(names: readonly string[], values: fc.Arbitrary<string>): fc.Arbitrary<string[]> {
  const cased = fc
    .tuple(fc.constantFrom(...names), fc.boolean())
    .map(([name, isUpper]) => (isUpper ? name.toUpperCase() : name));
  const name = fc.oneof(
    { arbitrary: cased, weight: 4 },
    { arbitrary: fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/), weight: 1 },
  );
  return fc.array(fc.tuple(name, values), { maxLength: 8 }).map((pairs) => pairs.flat());
}
