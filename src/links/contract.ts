import type { RefusalCode } from '../core/errors.ts';

/** How a link's token is made: our own HMAC-SHA256 over every field, or the bot platform's md5 (see facts in README). */
export type LinkScheme = 'hookward' | 'bots-business';

/** What a webhook URL is to say. */
export interface LinkRequest {
  readonly bot: string;
  readonly command: string;
  /** Omitted for a global webhook. */
  readonly user_id?: string | number;
  readonly content?: string;
  /** Where the caller is sent, once the webhook is accepted. http or https. */
  readonly redirect_to?: string;
  /** Milliseconds since the epoch; `hookward` scheme only. */
  readonly expires?: number;
}

/** What a link says, once its token has been found right. */
export type LinkVerdict =
  | {
      readonly valid: true;
      readonly scheme: LinkScheme;
      readonly bot: string;
      readonly user: string | null;
      /** Only ever from a token that covers it: never from a `bots-business` link. */
      readonly redirectTo: string | null;
      /** The link's id, for revocation; null for `bots-business`. */
      readonly linkId: string | null;
    }
  | { readonly valid: false; readonly refusal: RefusalCode };

/** Checks the token of a called URL. */
export interface LinkVerifier {
  verify(params: {
    /** Path and query as on the wire. */
    readonly target: string;
    /** The bot that the route's path names; null where it names none. */
    readonly bot: string | null;
    readonly accepts: LinkScheme | 'any';
    readonly now: number;
  }): LinkVerdict;
}
