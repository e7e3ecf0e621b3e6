import { Hono } from 'hono';
import { isWebhookId } from '../../../core/ids.ts';
import { requireRole } from '../../identity/auth.ts';
import { DataTable, Panel } from '../components/table.tsx';
import { Time } from '../components/time.tsx';
import type { ConsoleEnv, ConsoleParts } from '../environment.ts';
import { pathTo, webhookPath } from '../paths.ts';
import { respondPage } from '../respond.tsx';
import { visible } from '../visible.ts';
import { wordsOf } from '../words.ts';

const pageSize = 100;

/** Who changed what, when and why. */
export function auditRoutes({ operations }: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();

  router.get('/audit', requireRole('support'), async (context) => {
    const asked = context.req.query('cursor') ?? '';
    const { entries, cursor } = await operations.audit({
      limit: pageSize,
      cursor: asked === '' ? null : asked,
    });
    return respondPage(
      context,
      { title: 'Audit', section: '/audit' },
      <>
        <h1>Audit</h1>
        <Panel id="entries" title="Who changed what, and why" aside="newest first; nobody can edit it">
          <DataTable
            caption="Audit log"
            columns={['When', 'Who', 'What', 'Of', 'Reason']}
            empty="Nothing has been changed."
            rows={entries.map(({ at, by, action, subject, reason }) => [
              <Time iso={new Date(at).toISOString()} />,
              <span class="hostile">{visible(by)}</span>,
              wordsOf(action),
              isWebhookId(subject) ? (
                <a href={webhookPath(subject)} class="mono" data-open>
                  {subject}
                </a>
              ) : (
                <span class="mono hostile">{visible(subject)}</span>
              ),
              <span class="hostile">{visible(reason)}</span>,
            ])}
          />
          <nav class="pages" aria-label="Pages of the audit log">
            {asked === '' ? null : <a href={pathTo('/audit')}>{'\u2190 Newest'}</a>}
            {cursor === null ? (
              <span class="muted">That is all.</span>
            ) : (
              <a rel="next" href={pathTo('/audit', { cursor })}>
                {'Older \u2192'}
              </a>
            )}
          </nav>
        </Panel>
      </>,
    );
  });

  return router;
}
