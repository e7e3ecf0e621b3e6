import type { ReplayPreview } from '../../replays/replays.ts';
import { FilterWords } from '../components/filterWords.tsx';
import { Csrf, Field, HiddenFields, Reason } from '../components/form.tsx';
import { FactTable, Panel } from '../components/table.tsx';
import { Time } from '../components/time.tsx';
import { pathTo, webhookPath } from '../paths.ts';
import { visible } from '../visible.ts';
import type { FilterFields } from '../webhookFilter.ts';
import { counted, countText } from '../words.ts';

/** What is asked to be replayed. */
export type Selection =
  { readonly ids: readonly string[] } | { readonly filter: FilterFields; readonly preview: ReplayPreview };

/** How many a selection holds; null where that is not known exactly. */
export function countOf(selection: Selection): string {
  if ('ids' in selection) return counted(selection.ids.length, 'webhook');
  const { count, isExact } = selection.preview;
  return isExact ? counted(count, 'webhook') : `at least ${counted(count, 'webhook')}`;
}

function PreviewFacts({
  filter,
  preview,
}: {
  readonly filter: FilterFields;
  readonly preview: ReplayPreview;
}) {
  const { oldest, newest, byRoute } = preview;
  const routes = Object.entries(byRoute).map(([route, count]) => `${route}: ${countText(count)}`);
  const received =
    oldest === null || newest === null ? null : (
      <>
        from <Time iso={oldest} /> to <Time iso={newest} />
      </>
    );
  return (
    <FactTable
      rows={[
        ['Filter', <FilterWords filter={filter} none="none: every webhook that is not pending" />],
        ['Routes', routes.join(', ') || 'none'],
        ...(received === null ? [] : [['Received', received] as const]),
      ]}
    />
  );
}

/** What one might not have meant: a bot that has taken a webhook gets it once more. */
function Caution({ filter }: { readonly filter: FilterFields }) {
  if (filter.state === 'dead' || filter.state === 'cancelled') return null;
  return (
    <p class="notice notice-wait">
      {filter.state === 'delivered'
        ? 'The bot has taken these already, and would get each of them once more.'
        : 'The filter is not limited to dead webhooks: the bot would get delivered ones once more.'}{' '}
      <a href={pathTo('/replays/new', { ...filter, state: 'dead' })}>Only the dead ones</a>
    </p>
  );
}

/** What would be replayed: how many there are comes first. */
export function PreviewPanel({ selection }: { readonly selection: Selection }) {
  return (
    <Panel id="preview" title={`${countOf(selection)} would be delivered again`}>
      {'ids' in selection ? (
        <div class="inner">
          <ul class="chips">
            {selection.ids.map((id) => (
              <li>
                <a href={webhookPath(id)}>{visible(id)}</a>
              </li>
            ))}
          </ul>
        </div>
      ) : (
        <>
          <PreviewFacts filter={selection.filter} preview={selection.preview} />
          <Caution filter={selection.filter} />
        </>
      )}
    </Panel>
  );
}

/** Asks why and how fast, and begins. */
export function StartPanel({
  selection,
  csrf,
}: {
  readonly selection: Selection;
  readonly csrf: string | null;
}) {
  const isEmpty = 'ids' in selection ? selection.ids.length === 0 : selection.preview.count === 0;
  if (isEmpty) return <p class="notice">Nothing to replay: pending webhooks are delivered without it.</p>;
  return (
    <Panel id="start" title="Begin">
      <form method="post" action={pathTo('/replays')} class="inner limited">
        <Csrf csrf={csrf} />
        <HiddenFields fields={'ids' in selection ? { id: selection.ids } : selection.filter} />
        <HiddenFields fields={{ by: 'ids' in selection ? 'ids' : 'filter' }} />
        <Reason id="reason" />
        <Field
          id="rate"
          label="Webhooks a second"
          hint="Left empty: as fast as the bot host takes them. It can be stopped at any time."
        >
          <input
            id="rate"
            name="rate"
            type="number"
            min={1}
            max={100_000}
            step={1}
            aria-describedby="rate-hint"
          />
        </Field>
        <div class="buttons">
          <button class="button button-main" type="submit">
            Replay {countOf(selection)}
          </button>
          <a href={pathTo('/webhooks', 'ids' in selection ? {} : selection.filter)}>Back</a>
        </div>
      </form>
    </Panel>
  );
}
