import type { LinkScheme } from './contract.ts';
import { platformCovered, platformFields, platformToken } from './botsBusiness.ts';
import { decoded, hasParameter, parameterNames, soleParameters, splitTarget } from './query.ts';
import { linkToken, parseToken, signedCovered, signedFields } from './signedLink.ts';

/** What a link says of itself, for people to read. Nothing of it is proven: see `createLinkVerifier`. */
export interface LinkDescription {
  readonly scheme: LinkScheme;
  /** Null for `bots-business`. */
  readonly keyId: string | null;
  /** By which it can be revoked; null for `bots-business`. */
  readonly linkId: string | null;
  readonly bot: string | null;
  readonly command: string;
  /** Null: a global webhook. */
  readonly user: string | null;
  readonly content: string | null;
  readonly redirectTo: string | null;
  /** Milliseconds since the epoch; null: never. */
  readonly expires: number | null;
  /** Names of the parameters that the token covers, whether or not the link has them. */
  readonly covered: readonly string[];
  /** Raw names of the link's other parameters: whoever has the link can change these. */
  readonly uncovered: readonly string[];
}

/** The last value of an uncovered parameter, for show. */
function shown(query: string, name: string): string | null {
  const raw = query.split('&').findLast((pair) => pair.startsWith(`${name}=`));
  return raw === undefined ? null : decoded(raw.slice(name.length + 1));
}

function describePlatform(query: string, bot: string | null): LinkDescription | null {
  const raw = soleParameters(query, platformCovered);
  const fields = raw === 'ambiguous' ? null : platformFields(raw);
  if (fields === null) return null;
  return {
    scheme: 'bots-business',
    keyId: null,
    linkId: null,
    bot,
    ...fields,
    content: shown(query, 'content'),
    redirectTo: shown(query, 'redirect_to'),
    expires: null,
    covered: platformCovered.filter((name) => name !== platformToken),
    uncovered: parameterNames(query).filter((name) => !platformCovered.includes(name)),
  };
}

function describeSigned(query: string, path: string, bot: string | null): LinkDescription | null {
  const raw = soleParameters(query, signedCovered);
  const token = raw === 'ambiguous' ? null : parseToken(raw.get(linkToken) ?? '');
  if (raw === 'ambiguous' || token === null) return null;
  // The path may name the bot where the caller does not know it: an empty name stands for it.
  const fields = signedFields(raw, token, { path, bot: raw.has('bot') ? null : (bot ?? '') });
  if (fields === null) return null;
  const { keyId, linkId, command, user, content, redirectTo, expires } = fields;
  return {
    scheme: 'hookward',
    keyId,
    linkId,
    bot: fields.bot === '' ? null : fields.bot,
    command,
    user,
    content,
    redirectTo,
    expires: expires === null ? null : expires * 1000,
    covered: signedCovered.filter((name) => name !== linkToken),
    uncovered: parameterNames(query).filter((name) => !signedCovered.includes(name)),
  };
}

/**
 * Reads a link without checking its token. Takes a whole URL or a request target; `bot` is the one that the path names,
 * where the caller knows it. Null where it carries no token, or is not well-formed.
 */
export function describeLink(link: string, bot: string | null = null): LinkDescription | null {
  const parts = splitTarget(link.replace(/^https?:\/\/[^/?#]*/i, ''));
  if (parts === null) return null;
  const { path, query } = parts;
  if (hasParameter(query, linkToken)) return describeSigned(query, path, bot);
  return hasParameter(query, platformToken) ? describePlatform(query, bot) : null;
}
