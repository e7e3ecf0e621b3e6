import type { Context } from 'hono';
import type { AdminEnv } from '../identity/auth.ts';
import type { AdminParts } from '../parts.ts';
import { isAtLeast, type Role } from '../identity/tokens.ts';

/** What every page needs to draw its frame. */
export interface Frame {
  readonly version: string;
  /** Where the assets are served. */
  readonly assetBase: string;
  /** There is a login to end; without tokens there is none. */
  readonly hasLogin: boolean;
}

/** What the console's handlers find in the request's context. */
export interface ConsoleEnv extends AdminEnv {
  Variables: AdminEnv['Variables'] & { frame: Frame };
}

/** A request to the console. */
export type PageContext = Context<ConsoleEnv>;

/** What the console stands on. */
export type ConsoleParts = AdminParts;

/** Whether whoever asks may do what `least` may. */
export function may(context: PageContext, least: Role): boolean {
  return isAtLeast(context.get('principal').role, least);
}
