import type { Config } from '../config/index.ts';

/** A fixed value of at least this length is a token or a key; shorter ones are words that other lines may hold too. */
const tokenLengthMin = 16;

/**
 * The secrets inside the secret URLs of `forwardTo`: a line that shows no more than the token of one must not pass
 * either.
 */
export function pinnedSecrets({ routes }: Pick<Config, 'routes'>): readonly string[] {
  return routes.flatMap(({ forwardTo }) => {
    if (forwardTo === null) return [];
    const { searchParams } = new URL(forwardTo, 'http://bot-host');
    return [...searchParams.values()].filter((value) => value.length >= tokenLengthMin);
  });
}
