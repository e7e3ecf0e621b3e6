import { deadReasons, webhookStates } from '../../../core/state.ts';
import { pathTo } from '../paths.ts';
import type { FilterFields } from '../webhookFilter.ts';
import { Choice, Field, TextField } from './form.tsx';

const named = (names: readonly string[]) => names.map((name) => [name, name] as const);

/** A time of the filter as a field of a browser takes it. */
const fieldTime = (iso: string | undefined) => (iso === undefined ? '' : iso.replace(/(\.\d+)?Z$/, ''));

function TextFilter(props: {
  readonly name: 'id' | 'user' | 'bot' | 'event' | 'text';
  readonly label: string;
  readonly filter: FilterFields;
  readonly hint?: string;
}) {
  const { name, filter, ...rest } = props;
  return <TextField id={`f-${name}`} name={name} value={filter[name] ?? ''} lengthMax={256} {...rest} />;
}

/** Its script takes local time, and sends UTC. */
function TimeFilter(props: {
  readonly name: 'since' | 'until';
  readonly label: string;
  readonly filter: FilterFields;
}) {
  const { name, label, filter } = props;
  const id = `f-${name}`;
  return (
    <Field id={id} label={`${label} (UTC)`} isTime>
      <input id={id} name={name} type="datetime-local" step="1" value={fieldTime(filter[name])} data-utc />
    </Field>
  );
}

interface FilterProps {
  readonly filter: FilterFields;
  /** Whether bodies and event ids may be searched. */
  readonly canLookInside: boolean;
}

function MoreFilters({ filter, canLookInside }: FilterProps) {
  const names = ['since', 'until', 'dead', 'bot', 'status', 'text'] as const;
  const isNarrowed = names.some((name) => name in filter);
  return (
    <details class="more" open={isNarrowed}>
      <summary>
        More filters: time{canLookInside ? ', text in the body' : ''}, dead reason, bot, answer
      </summary>
      <div class="fields">
        <TimeFilter name="since" label="From" filter={filter} />
        <TimeFilter name="until" label="Until" filter={filter} />
        {canLookInside ? (
          <TextFilter
            name="text"
            label="Text in the body"
            filter={filter}
            hint="Bodies are read one by one: give a time as well."
          />
        ) : null}
        <Field id="f-dead" label="Dead because">
          <Choice
            id="f-dead"
            name="dead"
            value={filter.dead ?? ''}
            empty="any"
            options={named(deadReasons)}
          />
        </Field>
        <TextFilter name="bot" label="Bot" filter={filter} />
        <Field id="f-status" label="Last answer's status">
          <input id="f-status" name="status" type="number" min={100} max={599} value={filter.status ?? ''} />
        </Field>
      </div>
    </details>
  );
}

/** The filter of the webhooks page: a form of the browser's own, so that what it asks for lives in the URL. */
export function FilterForm(props: FilterProps & { readonly routes: readonly string[] }) {
  const { filter, routes, canLookInside } = props;
  return (
    <form
      class="panel"
      method="get"
      action={pathTo('/webhooks')}
      role="search"
      aria-label="Filter webhooks"
      data-filter
    >
      <div class="inner">
        <div class="fields">
          <Field id="f-state" label="State">
            <Choice
              id="f-state"
              name="state"
              value={filter.state ?? ''}
              empty="any"
              options={named(webhookStates)}
            />
          </Field>
          <Field id="f-route" label="Route">
            <Choice
              id="f-route"
              name="route"
              value={filter.route ?? ''}
              empty="any"
              options={named(routes)}
            />
          </Field>
          <TextFilter name="id" label="Id, or its beginning" filter={filter} />
          {canLookInside ? <TextFilter name="event" label="Sender's event id" filter={filter} /> : null}
          <TextFilter name="user" label="User" filter={filter} />
          <div class="buttons at-fields">
            <button class="button button-main" type="submit">
              Filter
            </button>
            <a class="button" href={pathTo('/webhooks')}>
              Clear
            </a>
          </div>
        </div>
        <MoreFilters filter={filter} canLookInside={canLookInside} />
      </div>
    </form>
  );
}
