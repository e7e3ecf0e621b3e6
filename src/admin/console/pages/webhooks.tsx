import { Hono } from 'hono';
import { HookwardError } from '../../../core/errors.ts';
import { isWebhookId } from '../../../core/ids.ts';
import { listQueryOf } from '../../api/queries.ts';
import { sightOf, type SummaryView } from '../../views.ts';
import { FilterForm } from '../components/filterForm.tsx';
import { FilterWords } from '../components/filterWords.tsx';
import { WebhookRow } from '../components/webhookRow.tsx';
import { may, type ConsoleEnv, type ConsoleParts, type PageContext } from '../environment.ts';
import { pathTo, webhookPath } from '../paths.ts';
import { respondPage, respondPart } from '../respond.tsx';
import { filterOf, filterText, looksInside, soleId, type FilterFields } from '../webhookFilter.ts';

const pageSize = 50;

interface Page {
  readonly items: readonly SummaryView[];
  readonly cursor: string | null;
}

function Rows({ items, canReplay }: { readonly items: readonly SummaryView[]; readonly canReplay: boolean }) {
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
        {items.map((webhook) => (
          <WebhookRow webhook={webhook} canReplay={canReplay} />
        ))}
      </tbody>
    </table>
  );
}

function Pages(props: { readonly filter: FilterFields; readonly page: Page; readonly isFirst: boolean }) {
  const { filter, page, isFirst } = props;
  if (isFirst && page.cursor === null && page.items.length === 0) return null;
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

function Empty({
  filter,
  isMoreToSearch,
}: {
  readonly filter: FilterFields;
  readonly isMoreToSearch: boolean;
}) {
  if (isMoreToSearch) return <p class="empty">None found so far: go on looking below.</p>;
  if (filterText(filter) === '') {
    return <p class="empty">No webhook has arrived yet. The first one shows up here by itself.</p>;
  }
  return (
    <p class="empty">
      No webhook matches. <a href={pathTo('/webhooks')}>Show all webhooks</a>
    </p>
  );
}

function List(props: {
  readonly filter: FilterFields;
  readonly page: Page;
  readonly isFirst: boolean;
  readonly canReplay: boolean;
}) {
  const { filter, page, isFirst, canReplay } = props;
  return (
    <form method="get" action={pathTo('/replays/new')} id="selection">
      <section class="panel" aria-labelledby="results">
        <header>
          <h2 id="results">
            <FilterWords filter={filter} none="All webhooks" />
          </h2>
          <span class="muted">newest first</span>
          <span class="live" data-live-status hidden></span>
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
          data-rows={pathTo('/webhooks/rows', filter)}
          data-route={filter.route ?? ''}
          data-state={filter.state ?? ''}
          data-first={isFirst ? 'true' : 'false'}
          data-reload={pathTo('/webhooks', filter)}
        ></div>
        <div data-list>
          {page.items.length === 0 ? (
            <Empty filter={filter} isMoreToSearch={page.cursor !== null} />
          ) : (
            <Rows items={page.items} canReplay={canReplay} />
          )}
          <Pages filter={filter} page={page} isFirst={isFirst} />
        </div>
      </section>
    </form>
  );
}

/** The filter, where whoever asks may use it. @throws HookwardError `role-too-low` */
function allowed(filter: FilterFields, context: PageContext): FilterFields {
  if (looksInside(filter) && !may(context, 'support')) {
    throw new HookwardError('role-too-low', {
      message: 'Searching by event id or in bodies needs the role support.',
    });
  }
  return filter;
}

/** The webhooks page: what is asked for, what is wrong with that, and what was found. */
export function webhooksRoutes(parts: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();
  const list = (fields: Readonly<Record<string, string>>, context: PageContext) =>
    parts.operations.list({ ...listQueryOf(fields), sight: sightOf(context.get('principal').role) });

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
    const filter = allowed(filterOf(context.req.query()), context);
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
        <FilterForm filter={filter} routes={routes} canLookInside={may(context, 'support')} />
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

  /** The search box of every page: an id or its beginning, or else the sender's id of an event. */
  router.get('/find', async (context) => {
    const asked = (context.req.query('q') ?? '').trim();
    const id = asked.toLowerCase();
    const isKnown =
      /^[0-9a-f-]{1,36}$/.test(id) && (await list({ id, limit: '1' }, context)).items.length > 0;
    const isId = isKnown || isWebhookId(id) || !may(context, 'support');
    return context.redirect(pathTo('/webhooks', isId ? { id } : { event: asked }), 303);
  });

  /** Lines of the list for a page that is open: those that it shows already, and new ones that the filter has. */
  router.get('/webhooks/rows', async (context) => {
    const filter = allowed(filterOf(context.req.query()), context);
    const asked = (name: string) => (context.req.queries(name) ?? []).filter(isWebhookId);
    const known = new Set(asked('shown'));
    const ids = [...known, ...asked('row').filter((id) => id.startsWith(filter.id ?? ''))];
    const pages = await Promise.all(
      ids.slice(0, pageSize).map((id) => list({ ...(known.has(id) ? {} : filter), id, limit: '1' }, context)),
    );
    const items = pages.flatMap((page) => page.items);
    return respondPart(context, <Rows items={items} canReplay={may(context, 'support')} />);
  });

  return router;
}
