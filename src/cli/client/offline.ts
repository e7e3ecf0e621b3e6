import { listQueryOf, viewAccessEntry } from '../../admin/index.ts';
import { openOffline } from '../../app/index.ts';
import type { Target } from './target.ts';

/** Who changes things when a command works on the log itself. */
const offlineName = 'cli';

/**
 * The configured log itself, which no server holds. Loaded only when it is needed: everything else of the command line
 * starts in a third of the time without the server's code.
 *
 * @throws HookwardError `log-locked`, `log-not-found`, `log-damaged`, `log-newer`
 */
export async function offlineTarget(config: Parameters<typeof openOffline>[0]): Promise<Target> {
  const { operations, close } = await openOffline(config);
  const asked = (reason: string) => ({ by: offlineName, reason });
  return {
    name: `the log in ${config.log.dir} (no server runs)`,
    list: (fields) => operations.list({ ...listQueryOf(fields), sight: 'whole' }),
    show: (id) => operations.show(id, 'whole'),
    replay: (ids, reason) => operations.replay(ids, asked(reason)),
    cancel: (ids, reason) => operations.cancel(ids, asked(reason)),
    listAccess: async () => (await operations.listAccess()).map(viewAccessEntry),
    putAccess: async ({ reason, until, ...entry }) =>
      viewAccessEntry(
        await operations.putAccess(
          { ...entry, until: until === null ? null : Date.parse(until) },
          asked(reason),
        ),
      ),
    removeAccess: async ({ reason, ...entry }) => {
      const { stillCoveredBy } = await operations.removeAccess(entry, asked(reason));
      return { stillCoveredBy: stillCoveredBy === null ? null : viewAccessEntry(stillCoveredBy) };
    },
    status: null,
    close,
  };
}
