import type { Principal } from './tokens.ts';

/** A login of the console. */
export interface Session {
  /** Who has logged in; the role is that of the token now, not that of the time of login. */
  readonly principal: Principal;
  /** Goes into the header `x-csrf-token`, or the form field `csrf`, of every call that changes something. */
  readonly csrf: string;
}

/** How a login ended. `limited`: too many have failed lately; the token was not even looked at. */
export type LoginResult =
  | { readonly result: 'opened'; readonly id: string; readonly principal: Principal }
  | {
      readonly result: 'wrong';
      /** Failures that the address has left before its logins are limited. */
      readonly triesLeft: number;
    }
  | { readonly result: 'limited'; readonly retryAfterSeconds: number };

/** The logins of the console: bounded, in memory only, so that a restart ends them all. */
export interface Sessions {
  /** Opens a session for the holder of `token`. `address`: by which failed logins are counted. */
  login(params: { readonly token: string; readonly address: string }): LoginResult;
  /** The session with this id, which counts as used now; null: there is none, or it has ended. */
  find(id: string): Session | null;
  end(id: string): void;
}
