import type { Child } from 'hono/jsx';
import { Hono } from 'hono';
import { HookwardError } from '../../../core/errors.ts';
import { isWebhookId } from '../../../core/ids.ts';
import { requireRole } from '../../identity/auth.ts';
import { maskedJob, type ReplayJobView, type ReplaySelection } from '../../replays/replays.ts';
import { FilterWords } from '../components/filterWords.tsx';
import { Csrf, Reason } from '../components/form.tsx';
import { DataTable, FactTable, Panel } from '../components/table.tsx';
import { Time } from '../components/time.tsx';
import { may, type ConsoleEnv, type ConsoleParts, type PageContext } from '../environment.ts';
import { askedBy, sentForm, type SentForm } from '../fields.ts';
import { pathTo, replayPath } from '../paths.ts';
import { isUnderWay, JobProgress, JobState } from '../replays/progress.tsx';
import { PreviewPanel, StartPanel, type Selection } from '../replays/preview.tsx';
import { respondPage, respondPart } from '../respond.tsx';
import { visible } from '../visible.ts';
import { filterOf, filterText } from '../webhookFilter.ts';
import { counted, countText } from '../words.ts';

const section = '/replays';

/** What a job is of, in words. */
function subjectOf({ filter, total }: ReplayJobView): string {
  if (filter === null) return `${total === null ? 'webhooks' : countText(total)} chosen by id`;
  const words = filterText(filter);
  return words === '' ? 'all webhooks' : words;
}

function JobTable({ jobs }: { readonly jobs: readonly ReplayJobView[] }) {
  return (
    <DataTable
      caption="Replays, the newest first"
      columns={['Begun', 'State', 'Webhooks', 'Replayed', 'By', 'Reason']}
      empty="None since the server began."
      rows={jobs.map((job) => [
        <a href={replayPath(job.id)} data-open>
          <Time iso={job.startedAt} />
        </a>,
        <JobState state={job.state} />,
        <span class="hostile">{visible(subjectOf(job))}</span>,
        `${countText(job.replayed)} of ${job.total === null ? '?' : countText(job.total)}`,
        <span class="hostile">{visible(job.by)}</span>,
        <span class="hostile">{visible(job.reason)}</span>,
      ])}
    />
  );
}

function JobFacts({ job }: { readonly job: ReplayJobView }) {
  const rows: readonly (readonly [string, Child])[] = [
    ['Webhooks', job.filter === null ? 'chosen by id' : <FilterWords filter={job.filter} none="all" />],
    ...(job.filter === null
      ? []
      : [['Now', <a href={pathTo('/webhooks', job.filter)}>how these stand now</a>] as const]),
    ['Reason', <span class="hostile">{visible(job.reason)}</span>],
    ['By', <span class="hostile">{visible(job.by)}</span>],
    [
      'Pace',
      job.ratePerSecond === null
        ? 'as fast as the bot host takes them'
        : `${counted(job.ratePerSecond, 'webhook')} a second`,
    ],
  ];
  return <FactTable rows={rows} />;
}

function StopForm({ job, csrf }: { readonly job: ReplayJobView; readonly csrf: string | null }) {
  return (
    <details class="action">
      <summary class="button button-danger">Stop{'\u2026'}</summary>
      <form method="post" action={replayPath(job.id, '/stop')}>
        <Csrf csrf={csrf} />
        <Reason id="stop-reason" />
        <div class="buttons">
          <button class="button button-danger" type="submit">
            Stop the replay
          </button>
          <span class="hint">What was replayed stays so.</span>
        </div>
      </form>
    </details>
  );
}

function jobPage(job: ReplayJobView, context: PageContext): Response | Promise<Response> {
  return respondPage(
    context,
    { title: 'Replay', section },
    <>
      <nav aria-label="Way back">
        <a href={pathTo(section)}>{'\u2190 Replays'}</a>
      </nav>
      <div class="head">
        <h1>Replay</h1>
        {isUnderWay(job) && may(context, 'support') ? (
          <StopForm job={job} csrf={context.get('csrf')} />
        ) : null}
      </div>
      <Panel id="job" title="Progress">
        <JobProgress job={job} />
      </Panel>
      <Panel id="order" title="What was asked for">
        <JobFacts job={job} />
      </Panel>
    </>,
  );
}

/** A job as whoever asks may see it. */
const seen = (job: ReplayJobView, context: PageContext) => (may(context, 'support') ? job : maskedJob(job));

/** A whole number of webhooks a second, or null for none. @throws HookwardError `usage-wrong` */
function rateOf(form: SentForm): number | null {
  const text = form.text('rate');
  if (text === '') return null;
  const rate = Number(text);
  if (Number.isInteger(rate) && rate >= 1 && rate <= 100_000) return rate;
  throw new HookwardError('usage-wrong', {
    message: 'The rate is a whole number from 1 to 100000, or left empty.',
  });
}

function selectionOf(form: SentForm): ReplaySelection {
  if (form.text('by') === 'ids') return { ids: form.all('id') };
  // Without the blanks that a filter does not hold there is none, and all webhooks are meant: the page has said so.
  return { filter: filterOf(form.fields()) };
}

/** Replays of many webhooks: what is to be replayed, how far it is, and a way to stop it. */
export function replayRoutes({ replays }: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();

  router.get('/replays', (context) =>
    respondPage(
      context,
      { title: 'Replays', section },
      <>
        <h1>Replays</h1>
        {may(context, 'support') ? (
          <p>
            Filter or select in <a href={pathTo('/webhooks')}>the list of webhooks</a> what is to be replayed,
            or begin with <a href={pathTo('/replays/new', { state: 'dead' })}>all that are dead</a>: how many
            there are is shown first.
          </p>
        ) : null}
        <Panel id="jobs" title="Since the server began">
          <JobTable jobs={replays.list().map((job) => seen(job, context))} />
        </Panel>
      </>,
    ),
  );

  async function selected(context: PageContext): Promise<Selection> {
    // Whole ids are rows that were selected; the beginning of one is a filter.
    const ids = context.req.queries('id') ?? [];
    if (ids.length > 0 && ids.every(isWebhookId)) return { ids };
    const filter = filterOf(context.req.query());
    return { filter, preview: await replays.preview(filter) };
  }

  router.get('/replays/new', requireRole('support'), async (context) => {
    const selection = await selected(context);
    return respondPage(
      context,
      { title: 'New replay', section },
      <>
        <nav aria-label="Way back">
          <a href={pathTo('/webhooks', 'ids' in selection ? {} : selection.filter)}>{'\u2190 Webhooks'}</a>
        </nav>
        <h1>New replay</h1>
        <PreviewPanel selection={selection} />
        <StartPanel selection={selection} csrf={context.get('csrf')} />
      </>,
    );
  });

  router.post('/replays', requireRole('support'), async (context) => {
    const form = await sentForm(context);
    const asked = askedBy(context, form);
    const job = await replays.start({ ...selectionOf(form), ...asked, ratePerSecond: rateOf(form) });
    return context.redirect(replayPath(job.id), 303);
  });

  router.get('/replays/:id', (context) =>
    jobPage(seen(replays.get(context.req.param('id')), context), context),
  );

  router.get('/replays/:id/progress', (context) =>
    respondPart(context, <JobProgress job={replays.get(context.req.param('id'))} />),
  );

  router.post('/replays/:id/stop', requireRole('support'), async (context) => {
    const id = context.req.param('id');
    await replays.stop(id, askedBy(context, await sentForm(context)));
    return context.redirect(replayPath(id), 303);
  });

  return router;
}
