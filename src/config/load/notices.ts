import { basename } from 'node:path';
import { urlOf } from '../checks/addresses.ts';
import type { ConfigNotice } from '../problems.ts';
import type { Config } from '../schema/config.ts';
import type { SecretFile } from './values.ts';

/** What was read, and whether others can read it too. */
export interface ReadFacts {
  /** Absolute path of the configuration file. */
  readonly file: string;
  readonly readableByOthers: boolean;
  readonly hasInlineSecrets: boolean;
  /** Files with secrets: those named by `file:`, and TLS keys. */
  readonly secretFiles: readonly SecretFile[];
}

/** Who else can read the secrets. */
export function fileNotices(facts: ReadFacts): ConfigNotice[] {
  const notices: ConfigNotice[] = [];
  if (facts.readableByOthers && facts.hasInlineSecrets) {
    notices.push({
      code: 'readable-by-others',
      text: `${basename(facts.file)} holds secrets and every account of this machine can read it: chmod 600, or use \${NAME} or file:`,
    });
  }
  for (const { path, readableByOthers } of facts.secretFiles) {
    if (!readableByOthers) continue;
    const text = `the secret in ${path} can be read by every account of this machine: chmod 600`;
    if (!notices.some((notice) => notice.text === text)) notices.push({ code: 'readable-by-others', text });
  }
  return notices;
}

/** What is valid, and yet probably not what was meant. */
export function meaningNotices(config: Config): ConfigNotice[] {
  const notices: ConfigNotice[] = [];
  const makesLinks = config.links.keys.length > 0 || Object.keys(config.links.botTokens).length > 0;
  if (makesLinks && config.publicUrl === null)
    notices.push({
      code: 'no-public-url',
      text: 'publicUrl is not set: links that are made here begin with the address of the public listener',
    });
  if (config.passThrough !== null && config.routes.some((route) => route.path === '/*'))
    notices.push({
      code: 'pass-through-unused',
      text: 'passThrough never gets a request: a route takes every path (/*)',
    });
  const { mode, addresses } = config.access.whitelist;
  if (mode === 'enforce' && addresses.length === 0)
    notices.push({
      code: 'whitelist-empty',
      text: 'access.whitelist is enforced and lists no address: only those that `hookward access` added may call',
    });
  const origin = config.publicUrl === null ? null : urlOf(config.publicUrl)?.origin;
  for (const [name, { url }] of Object.entries(config.botHosts)) {
    if (origin !== null && urlOf(url)?.origin === origin)
      notices.push({
        code: 'public-url-is-bot-host',
        text: `botHosts.${name}.url has the origin of publicUrl: webhooks go in a circle unless the server there tells them apart`,
      });
  }
  return notices;
}
