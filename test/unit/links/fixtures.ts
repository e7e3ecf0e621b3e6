import fc from 'fast-check';
import type { LinkRequest, LinkScheme, LinkVerdict } from '../../../src/links/index.ts';
import type { RefusalCode } from '../../../src/core/errors.ts';
import { createLinkVerifier, getUrlFor, type LinkKey } from '../../../src/links/index.ts';

export const keys: readonly LinkKey[] = [
  { id: 'k2', secret: 'the second secret of links' },
  { id: 'k1', secret: 'the first secret of links!' },
];
export const botTokens = { '7': '123456:ABC-DEF' };
export const now = 1_750_000_000_000;
export const path = '/v1/bots/:bot/new-webhook';
export const publicUrl = 'https://hooks.example.com';
export const linkId = 'AbCd-123';

export const platformUrl = (request: Partial<LinkRequest> = {}) =>
  getUrlFor(
    { bot: '7', command: '/onWebhook', ...request },
    { scheme: 'bots-business', publicUrl, path, botTokens },
  );

export const signedUrl = (request: Partial<LinkRequest> = {}, signingKeys = keys, routePath = path) =>
  getUrlFor(
    { bot: '7', command: '/onWebhook', ...request },
    { scheme: 'hookward', publicUrl, path: routePath, keys: signingKeys, linkId },
  );

/** Path and query, as a listener sees them. */
export const targetOf = (url: string) => url.slice(publicUrl.length);

interface CheckedAs {
  readonly bot?: string | null;
  readonly accepts?: LinkScheme | 'any';
  readonly now?: number;
  readonly revoked?: readonly string[];
  readonly keys?: readonly LinkKey[];
}

export const check = (target: string, as: CheckedAs = {}): LinkVerdict =>
  createLinkVerifier({ keys: as.keys ?? keys, botTokens, revoked: as.revoked ?? [] }).verify({
    target,
    bot: as.bot === undefined ? '7' : as.bot,
    accepts: as.accepts ?? 'any',
    now: as.now ?? now,
  });

/** The refusal, or null for a valid link. */
export const refusalOf = (target: string, as: CheckedAs = {}): RefusalCode | null => {
  const verdict = check(target, as);
  return verdict.valid ? null : verdict.refusal;
};

/**
 * Every text that differs from `text` in one character between `from` and `to`: by each printable ASCII one, and by the
 * one whose low byte is the same.
 */
export function* oneCharacterChanges(text: string, from: number, to: number): Generator<string> {
  for (let at = from; at < to; at += 1) {
    const before = text.charCodeAt(at);
    const others = Array.from({ length: 0x7f - 0x20 }, (_, index) => 0x20 + index);
    for (const code of [...others, before + 0x100]) {
      if (code !== before) yield text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1);
    }
  }
}

export const verifier = createLinkVerifier({ keys, botTokens, revoked: [] });

/** Any UTF-16 code unit, lone surrogates and control characters among them. */
export const anyUnit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
