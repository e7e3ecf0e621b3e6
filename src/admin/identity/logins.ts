// Logging in and out, and the traces that both leave.
import type { Operations } from '../operations.ts';
import type { LoginResult, Sessions } from './sessionContract.ts';

/** A login that has failed, for the process log. */
export interface FailedLogin {
  readonly address: string;
  /** How many more the address has; 0: it is limited now, and told of no more until it may try again. */
  readonly triesLeft: number;
}

/** What logins stand on. */
export interface LoginsParts {
  readonly sessions: Sessions;
  readonly note: Operations['note'];
  /** Told of how each login ended, for metrics. */
  readonly counted: (result: LoginResult['result']) => void;
  /** Told of each login that failed, but not of those that were not even looked at. */
  readonly loginFailed: (failed: FailedLogin) => void;
  /** Told of an error that no catalogue knows. */
  readonly failed: (error: unknown) => void;
}

/**
 * Logging in and out of the console. Both are in the audit log; where the log cannot take that, who operates must get in
 * all the same, and the process log says so.
 */
export interface Logins {
  login(params: { readonly token: string; readonly address: string }): Promise<LoginResult>;
  /** Ends the session with this id, if there is one. */
  logout(params: { readonly id: string; readonly address: string }): Promise<void>;
}

/** Makes logins on a table of sessions. */
export function createLogins({ sessions, note, counted, loginFailed, failed }: LoginsParts): Logins {
  const audit = (action: 'login' | 'logout', by: string, address: string) =>
    note({ action, subject: address }, { by, reason: 'console' }).catch(failed);

  return {
    async login({ token, address }) {
      const login = sessions.login({ token, address });
      counted(login.result);
      if (login.result === 'opened') await audit('login', login.principal.name, address);
      if (login.result === 'wrong') loginFailed({ address, triesLeft: login.triesLeft });
      return login;
    },
    async logout({ id, address }) {
      const session = sessions.find(id);
      sessions.end(id);
      if (session !== null) await audit('logout', session.principal.name, address);
    },
  };
}
