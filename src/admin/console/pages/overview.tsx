import { Hono } from 'hono';
import { needsAttention, type AttentionItem } from '../attention.ts';
import { Time } from '../components/time.tsx';
import type { ConsoleEnv, ConsoleParts } from '../environment.ts';
import { pathTo } from '../paths.ts';
import { respondPage, respondPart } from '../respond.tsx';
import { visible } from '../visible.ts';
import { bytesText, countText, durationText, wordsOf } from '../words.ts';

function attentionOf({
  readiness,
  status,
  history,
  limits,
  replays,
}: ConsoleParts): readonly AttentionItem[] {
  return needsAttention({
    readiness: readiness(),
    status: status(),
    latest: history.samples().at(-1) ?? null,
    limits: limits(),
    replays: replays.list(),
  });
}

function Attention({ items }: { readonly items: readonly AttentionItem[] }) {
  return (
    <section class="panel" aria-labelledby="attention">
      <header>
        <h2 id="attention">What needs attention first</h2>
      </header>
      {items.length === 0 ? (
        <p class="empty">
          <span class="state state-delivered">all well</span> Webhooks are taken and delivered; nothing is
          dead or late.
        </p>
      ) : (
        <ol class="attention">
          {items.map(({ urgency, text, href }) => (
            <li data-row class={`is-${urgency}`}>
              <span class={`urgency urgency-${urgency}`}>
                {urgency === 'now' ? 'Now' : urgency === 'soon' ? 'Soon' : 'Note'}
              </span>
              <span>{href === null ? visible(text) : <a href={href}>{visible(text)}</a>}</span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function Figure(props: {
  readonly label: string;
  readonly value: string;
  readonly href: string;
  readonly aside?: string;
  readonly kind?: 'bad' | 'wait' | undefined;
}) {
  return (
    <div class={props.kind === undefined ? 'figure' : `figure is-${props.kind}`}>
      <dt>{props.label}</dt>
      <dd>
        <a href={props.href}>{props.value}</a>
      </dd>
      {props.aside === undefined ? null : <dd class="aside">{props.aside}</dd>}
    </div>
  );
}

function Figures({ parts }: { readonly parts: ConsoleParts }) {
  const { log } = parts.status();
  const samples = parts.history.samples();
  const sum = (name: 'received' | 'delivered' | 'dead') =>
    samples.reduce((total, sample) => total + sample[name], 0);
  const lately = (name: 'received' | 'delivered' | 'dead') =>
    samples.length === 0
      ? 'no reading yet'
      : `${countText(sum(name))} ${name === 'received' ? 'received ' : ''}in the last hour`;
  const count = (state: string) => log.counts[state] ?? 0;
  const total = Object.values(log.counts).reduce((all, one) => all + one, 0);
  const pastDueMs = (samples.at(-1)?.pastDueSeconds ?? 0) * 1000;
  const inState = (state: string) => pathTo('/webhooks', { state });
  return (
    <dl class="figures">
      <Figure
        label="In the log"
        value={countText(total)}
        href={pathTo('/webhooks')}
        aside={lately('received')}
      />
      <Figure
        label="Delivered"
        value={countText(count('delivered'))}
        href={inState('delivered')}
        aside={lately('delivered')}
      />
      <Figure
        label="Pending"
        value={countText(count('pending'))}
        href={inState('pending')}
        aside={`${countText(log.inFlight)} in flight`}
      />
      <Figure
        label="Dead"
        value={countText(count('dead'))}
        href={inState('dead')}
        aside={lately('dead')}
        kind={count('dead') > 0 ? 'bad' : undefined}
      />
      <Figure
        label="Oldest past due"
        value={samples.length === 0 ? '\u2013' : pastDueMs === 0 ? 'none' : durationText(pastDueMs)}
        href={inState('pending')}
        aside={samples.length === 0 ? 'no reading yet' : 'against its due time'}
        kind={pastDueMs > 30_000 ? 'bad' : undefined}
      />
      <Figure
        label="Log"
        value={log.mode}
        href={pathTo('/system')}
        aside={`${bytesText(log.diskBytes)} on disk, ${bytesText(log.diskFreeBytes)} free`}
        kind={log.mode === 'ok' ? undefined : 'bad'}
      />
    </dl>
  );
}

const circuitStates: Readonly<Record<string, string>> = {
  closed: 'state-delivered',
  open: 'state-dead',
  'half-open': 'state-pending',
  ramping: 'state-pending',
};

/** How many webhooks wait for a free place, and of which kind they are. */
function waitingText(waiting: Readonly<Record<string, number>>): string {
  const kinds = ['live', 'retry', 'replay'].flatMap((lane) => {
    const count = waiting[lane] ?? 0;
    return count === 0 ? [] : [`${countText(count)} ${lane}`];
  });
  return kinds.join(', ') || '0';
}

function BotHosts({ parts }: { readonly parts: ConsoleParts }) {
  const { botHosts } = parts.status();
  return (
    <section class="panel" aria-labelledby="bot-hosts">
      <header>
        <h2 id="bot-hosts">Bot hosts</h2>
      </header>
      <table class="stack">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Circuit</th>
            <th scope="col" class="number">
              In flight
            </th>
            <th scope="col" class="number">
              Waiting
            </th>
          </tr>
        </thead>
        <tbody>
          {botHosts.map(({ name, circuit, active, waiting }) => (
            <tr>
              <th scope="row">{name}</th>
              <td data-label="Circuit">
                <span class={`state ${circuitStates[circuit] ?? 'state-cancelled'}`}>{wordsOf(circuit)}</span>
              </td>
              <td data-label="In flight" class="number">
                {countText(active)}
              </td>
              <td data-label="Waiting" class="number">
                {waitingText(waiting)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What changes while one looks: drawn anew every few seconds. */
function Standing({ parts }: { readonly parts: ConsoleParts }) {
  const items = attentionOf(parts);
  return (
    <div
      id="standing"
      class="column"
      hx-get={pathTo('/standing')}
      hx-trigger="every 5s"
      hx-swap="outerHTML"
      data-announce={
        items.length === 0
          ? 'Nothing needs attention.'
          : `${items[0]?.urgency ?? ''}: ${items[0]?.text ?? ''}`
      }
    >
      <div class="columns wide-left">
        <Attention items={items} />
        <BotHosts parts={parts} />
      </div>
      <Figures parts={parts} />
    </div>
  );
}

/** The charts, and what their lines are; the lines' order is that of the columns of `/history.json`. */
const charts = [
  {
    id: 'flow',
    title: 'Webhooks per 10 s',
    lines: [
      ['received', 'received'],
      ['delivered', 'delivered'],
      ['dead', 'dead'],
    ],
  },
  { id: 'queue', title: 'Pending', lines: [['pending', 'pending']] },
  { id: 'late', title: 'Oldest past due, seconds', lines: [['pastDueSeconds', 'past due']] },
  { id: 'wait', title: "Callers' wait, p95, seconds", lines: [['waitP95Seconds', 'p95']] },
  {
    id: 'extra',
    title: 'Trouble per 10 s',
    lines: [
      ['retries', 'retries'],
      ['duplicates', 'duplicates'],
      ['refused', 'refused'],
    ],
  },
] as const;

function Charts({ parts }: { readonly parts: ConsoleParts }) {
  const latest = parts.history.samples().at(-1);
  return (
    <section class="panel" aria-labelledby="charts">
      <header>
        <h2 id="charts">The last hour</h2>
        <span class="muted">
          {latest === undefined ? (
            'The first reading is taken 10 s after the start.'
          ) : (
            <>
              last reading <Time iso={new Date(latest.at).toISOString()} />
            </>
          )}
        </span>
      </header>
      <div class="inner">
        <div class="charts" data-charts={pathTo('/history.json')}>
          {charts.map(({ id, title, lines }) => (
            <div class="chart" data-chart={lines.map(([name]) => name).join(' ')}>
              <h3 id={`chart-${id}`}>{title}</h3>
              <div class="plot" aria-hidden="true"></div>
              <ul class="latest" aria-labelledby={`chart-${id}`}>
                {lines.map(([name, label], at) => (
                  <li>
                    <span class={`key key-${String(at + 1)}`}>{label}</span>{' '}
                    <b data-latest={name}>
                      {latest === undefined ? '\u2013' : String(latest[name] ?? '\u2013')}
                    </b>
                  </li>
                ))}
              </ul>
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}

/** How everything stands, at a glance. */
export function overviewRoutes(parts: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();

  router.get('/', (context) =>
    respondPage(
      context,
      { title: 'Overview', section: '', withCharts: true },
      <>
        <h1>Overview</h1>
        <Standing parts={parts} />
        <Charts parts={parts} />
      </>,
    ),
  );

  router.get('/standing', (context) => respondPart(context, <Standing parts={parts} />));

  router.get('/history.json', (context) => {
    context.header('cache-control', 'no-store');
    return context.json(parts.history.samples());
  });

  return router;
}
