import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHookward, systemClock, systemRandom } from '../../app/index.ts';
import { configSchema } from '../../config/index.ts';
import { getUrlFor, newLinkId } from '../../links/index.ts';
import { generateSigningKey } from '../../signing/index.ts';
import { remoteTarget } from '../client/remote.ts';
import type { CliContext } from '../context.ts';
import { startDemoBotHost, type DemoBotHost } from './botHost.ts';
import type { Stage } from './stage.ts';
import { story } from './story.ts';

const bot = '42';
const botToken = '123456:ABC-DEF';
const path = '/v1/bots/:bot/new-webhook';

/** The demo's configuration: one route as in front of a bot platform, short delays so that nobody waits. */
function demoConfig(botHostUrl: string, dir: string, signingKey: string, linkSecret: string) {
  return configSchema.parse({
    listen: { port: 0 },
    admin: { port: 0 },
    botHosts: { main: { url: botHostUrl, circuit: { openFor: '500ms' } } },
    routes: [
      {
        name: 'bots',
        path,
        link: 'any',
        answer: { for: '4s' },
        retry: { firstDelay: '400ms', maxDelay: '1s' },
      },
    ],
    signing: { keys: [signingKey] },
    links: { keys: [{ id: 'k1', secret: linkSecret }], botTokens: { [bot]: botToken } },
    log: { dir, freeBytesMin: '1MiB', ballastBytes: '1MiB' },
    logging: { level: 'warn' },
  });
}

/**
 * Runs the whole story on a fresh log in a temporary directory; resolves to the number of steps.
 *
 * @throws HookwardError `demo-failed`
 */
export async function tellStory(context: CliContext, version: string): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'hookward-demo-'));
  const signingKey = generateSigningKey(systemRandom);
  const linkKey = { id: 'k1', secret: randomBytes(32).toString('base64url') };
  let botHost: DemoBotHost = await startDemoBotHost([signingKey], 0);
  const botHostPort = Number(new URL(botHost.url).port);
  const hookward = createHookward({
    config: demoConfig(botHost.url, join(dir, 'log'), signingKey, linkKey.secret),
    secrets: [],
    clock: systemClock,
    random: systemRandom,
    version,
    sink: { write: (line) => context.terminal.note(line.trimEnd()) },
    pretty: false,
  });
  try {
    await hookward.start();
    const publicUrl = hookward.publicUrl();
    const stage: Stage = {
      publicUrl,
      adminUrl: hookward.adminUrl(),
      support: remoteTarget({ url: hookward.adminUrl(), token: null }),
      botHost: () => botHost,
      stopBotHost: () => botHost.stop(),
      startBotHost: async () => void (botHost = await startDemoBotHost([signingKey], botHostPort)),
      linkTo: (link, scheme) =>
        getUrlFor(
          { bot, ...link },
          scheme === 'hookward'
            ? { scheme, publicUrl, path, keys: [linkKey], linkId: newLinkId(systemRandom) }
            : { scheme: 'bots-business', publicUrl, path, botTokens: { [bot]: botToken } },
        ),
      tell: (line) => context.terminal.print(`   ${line}`),
    };
    context.terminal.print(`example bot host  ${botHost.url}`);
    context.terminal.print(`Hookward          ${publicUrl}  (admin ${hookward.adminUrl()}, log ${dir})`);
    for (const [index, step] of story.entries()) {
      context.terminal.print(`\n${String(index + 1)}. ${step.title}`);
      await step.run(stage);
    }
    return story.length;
  } finally {
    await hookward.stop(5_000);
    await botHost.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
