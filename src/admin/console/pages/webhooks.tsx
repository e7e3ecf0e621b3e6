import { Hono } from 'hono';
import { HookwardError } from '../../../core/errors.ts';
import { listQueryOf } from '../../api/queries.ts';
import type { SummaryView } from '../../views.ts';
import { FilterForm } from '../components/filterForm.tsx';
import { WebhookRow } from '../components/webhookRow.tsx';
import { may, sightOf, type ConsoleEnv, type ConsoleParts, type PageContext } from '../environment.ts';
import { pathTo, webhookPath } from '../paths.ts';
import { respondPage, respondPart } from '../respond.tsx';
import { filterOf, filterText, soleId, type FilterFields } from '../webhookFilter.ts';

const pageSize = 50;

interface Page {
  readonly items: readonly SummaryView[];
  readonly cursor: string | null;
}

function Rows({ page, canReplay }: { readonly page: Page; readonly canReplay: boolean }) {
  return (
    <table class="list">
      <thead>
        <tr>
          {canReplay ? (
            <th class="pick" scope="col">
              <span class="visually-hidden">Select</span>
            </th>
          ) : null}
          {['Received', 'State', 'Route', 'Request', 'Bot, user', 'Answer', 'Id'].map((label) => (
            <th scope="col">{label}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {page.items.map((webhook) => (
          <WebhookRow webhook={webhook} canReplay={canReplay} />
        ))}
      </tbody>
    </table>
  );
}

function Pages(props: { readonly filter: FilterFields; readonly page: Page; readonly isFirst: boolean }) {
  const { filter, page, isFirst } = props;
  const isShort = page.cursor !== null && page.items.length < pageSize;
  return (
    <nav class="pages" aria-label="Pages of the list">
      {isFirst ? null : <a href={pathTo('/webhooks', filter)}>{'\u2190 Newest'}</a>}
      {page.cursor === null ? (
        <span class="muted">{page.items.length === 0 ? 'Nothing more.' : 'That is all.'}</span>
      ) : (
        <a rel="next" href={pathTo('/webhooks', { ...filter, cursor: page.cursor })}>
          {isShort ? 'Go on looking \u2192' : 'Older \u2192'}
        </a>
      )}
      {isShort ? (
        <span class="muted">The search has looked at as much as one page may; there may be more.</span>
      ) : null}
    </nav>
  );
}

function List(props: {
  readonly filter: FilterFields;
  readonly page: Page;
  readonly isFirst: boolean;
  readonly canReplay: boolean;
}) {
  const { filter, page, isFirst, canReplay } = props;
  const words = filterText(filter);
  return (
    <form method="get" action={pathTo('/replays/new')} id="selection">
      <section class="panel" aria-labelledby="results">
        <header>
          <h2 id="results">{words === '' ? 'All webhooks' : <span class="hostile">{words}</span>}</h2>
          <span class="muted">newest first</span>
          {canReplay && page.items.length > 0 ? (
            <span class="aside buttons">
              <button class="button button-small" type="submit">
                Replay selected<span data-selected></span>
              </button>
              <a class="button button-small" href={pathTo('/replays/new', filter)}>
                Replay all that match
              </a>
            </span>
          ) : null}
        </header>
        <div
          class="arrivals"
          data-live={pathTo('/events')}
          data-route={filter.route ?? ''}
          data-state={filter.state ?? ''}
          data-first={isFirst ? 'true' : 'false'}
          data-reload={pathTo('/webhooks', filter)}
        ></div>
        {page.items.length === 0 ? (
          <p class="empty">{page.cursor === null ? 'No webhook matches.' : 'None yet.'}</p>
        ) : (
          <Rows page={page} canReplay={canReplay} />
        )}
        <Pages filter={filter} page={page} isFirst={isFirst} />
      </section>
    </form>
  );
}

/** The webhooks page: what is asked for, what is wrong with that, and what was found. */
export function webhooksRoutes(parts: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();
  const list = (fields: Readonly<Record<string, string>>, context: PageContext) =>
    parts.operations.list({ ...listQueryOf(fields), sight: sightOf(context) });

  async function found(
    filter: FilterFields,
    cursor: string,
    context: PageContext,
  ): Promise<Page | HookwardError> {
    try {
      return await list({ ...filter, limit: String(pageSize), ...(cursor !== '' && { cursor }) }, context);
    } catch (error) {
      if (error instanceof HookwardError && error.code === 'usage-wrong') return error;
      throw error;
    }
  }

  router.get('/webhooks', async (context) => {
    const filter = filterOf(context.req.query());
    const whole = soleId(filter);
    if (whole !== null) return context.redirect(webhookPath(whole), 303);
    const cursor = context.req.query('cursor') ?? '';
    const page = await found(filter, cursor, context);
    const isWrong = page instanceof HookwardError;
    const [only, another] = isWrong ? [] : page.items;
    if (filter.id !== undefined && cursor === '' && only !== undefined && another === undefined) {
      return context.redirect(webhookPath(only.id), 303);
    }
    const routes = parts.routes().map(({ name }) => name);
    return respondPage(
      context,
      { title: 'Webhooks', section: '/webhooks' },
      <>
        <h1>Webhooks</h1>
        <FilterForm filter={filter} routes={routes} />
        {isWrong ? (
          <p class="notice notice-bad hostile" role="alert">
            {page.message}
          </p>
        ) : (
          <List filter={filter} page={page} isFirst={cursor === ''} canReplay={may(context, 'support')} />
        )}
      </>,
      isWrong ? 400 : 200,
    );
  });

  /** The search box of every page: an id or its beginning. */
  router.get('/find', (context) => {
    const asked = (context.req.query('q') ?? '').trim().toLowerCase();
    return context.redirect(pathTo('/webhooks', { id: asked }), 303);
  });

  router.get('/webhooks/:id/row', async (context) => {
    const { items } = await list({ id: context.req.param('id'), limit: '1' }, context);
    const [webhook] = items;
    if (webhook === undefined) return context.body(null, 204);
    return respondPart(context, <WebhookRow webhook={webhook} canReplay={may(context, 'support')} />);
  });

  return router;
}
