import type { KeyObject } from 'node:crypto';
import type { RefusalCode } from '../core/errors.ts';
import type { LinkScheme, LinkVerdict, LinkVerifier } from './contract.ts';
import { isPlatformTokenRight, platformCovered, platformFields, platformToken } from './botsBusiness.ts';
import { hasParameter, soleParameters, splitTarget, type SplitTarget } from './query.ts';
import { linkSecrets, sameText, type LinkKey } from './secrets.ts';
import { linkToken, macOf, parseToken, signedCovered, signedFields } from './signedLink.ts';

/** Settings of `createLinkVerifier`; the configuration's `links` fits. */
export interface LinkVerifierSettings {
  /** All of them verify. */
  readonly keys: readonly LinkKey[];
  /** Bot token by bot id. */
  readonly botTokens: Readonly<Record<string, string>>;
  /** Ids of links that are refused. */
  readonly revoked: readonly string[];
}

type VerifyParams = Parameters<LinkVerifier['verify']>[0];

function refused(refusal: RefusalCode): LinkVerdict {
  return { valid: false, refusal };
}

const missing = refused('link-token-missing');
const wrong = refused('link-token-wrong');
const expired = refused('link-expired');
const revokedVerdict = refused('link-revoked');

/** Which scheme's token the URL carries; our own where it has both, since that one covers more. */
function schemeOf(query: string, accepts: VerifyParams['accepts']): LinkScheme | null {
  if (accepts !== 'bots-business' && hasParameter(query, linkToken)) return 'hookward';
  return accepts !== 'hookward' && hasParameter(query, platformToken) ? 'bots-business' : null;
}

function verifySigned(
  { path, query }: SplitTarget,
  { bot, now }: VerifyParams,
  { secrets, revoked }: { readonly secrets: Map<string, KeyObject>; readonly revoked: ReadonlySet<string> },
): LinkVerdict {
  const raw = soleParameters(query, signedCovered);
  if (raw === 'ambiguous') return wrong;
  const token = parseToken(raw.get(linkToken) ?? '');
  const secret = token === null ? undefined : secrets.get(token.keyId);
  if (token === null || secret === undefined) return wrong;
  const fields = signedFields(raw, token, { path, bot });
  if (fields === null || !sameText(token.mac, macOf(fields, secret))) return wrong;
  // Only now: a stranger's guess must not learn which links exist.
  if (revoked.has(fields.linkId)) return revokedVerdict;
  if (fields.expires !== null && now >= fields.expires * 1000) return expired;
  const { user, redirectTo, linkId } = fields;
  return { valid: true, scheme: 'hookward', bot: fields.bot, user, redirectTo, linkId };
}

function verifyPlatform(query: string, bot: string | null, tokens: ReadonlyMap<string, string>): LinkVerdict {
  const raw = soleParameters(query, platformCovered);
  const botToken = bot === null ? undefined : tokens.get(bot);
  if (raw === 'ambiguous' || bot === null || botToken === undefined) return wrong;
  const fields = platformFields(raw);
  if (fields === null || !isPlatformTokenRight(raw, fields, botToken)) return wrong;
  return { valid: true, scheme: 'bots-business', bot, user: fields.user, redirectTo: null, linkId: null };
}

/**
 * Makes the verifier of one configuration; a reload makes another. It never throws, whatever the target holds.
 *
 * Parameters that a sender appends are not looked at, unless their name could be taken for a covered one by some bot
 * host: a second copy, another case, a percent-encoded spelling or a list (`user_id[]`) is `link-token-wrong`.
 *
 * @throws HookwardError `config-invalid` for unusable keys.
 */
export function createLinkVerifier({ keys, botTokens, revoked }: LinkVerifierSettings): LinkVerifier {
  const ours = { secrets: linkSecrets(keys), revoked: new Set(revoked) };
  // A Map, so that a bot named `constructor` has no token.
  const tokens = new Map(Object.entries(botTokens));
  return {
    verify(params) {
      const parts = splitTarget(params.target);
      if (parts === null) return wrong;
      const scheme = schemeOf(parts.query, params.accepts);
      if (scheme === null) return missing;
      return scheme === 'hookward'
        ? verifySigned(parts, params, ours)
        : verifyPlatform(parts.query, params.bot, tokens);
    },
  };
}
