import { Hono } from 'hono';
import { HookwardError } from '../../../core/errors.ts';
import { requireRole } from '../../identity/auth.ts';
import { sightOf, type RecordView } from '../../views.ts';
import { Csrf, Reason } from '../components/form.tsx';
import { State } from '../components/state.tsx';
import { may, type ConsoleEnv, type ConsoleParts, type PageContext } from '../environment.ts';
import { askedBy, sentForm } from '../fields.ts';
import { pathTo, webhookPath } from '../paths.ts';
import { respondPage } from '../respond.tsx';
import { Answers } from '../webhook/answers.tsx';
import { Facts, OptionsPanel } from '../webhook/facts.tsx';
import { BodyPanel, RequestPanel, type RawForm } from '../webhook/request.tsx';
import { Timeline } from '../webhook/timeline.tsx';

/** What a page says after it has been sent back to itself: fixed words only, so that no link can put words here. */
const sayings: Readonly<Record<string, string>> = {
  replayed: 'It is pending again, and is delivered now.',
  cancelled: 'It is cancelled.',
};

function ChangeForm(props: {
  readonly record: RecordView;
  readonly csrf: string | null;
  readonly what: 'replay' | 'cancel';
}) {
  const { record, csrf, what } = props;
  const label = what === 'replay' ? 'Replay' : 'Cancel delivery';
  return (
    <details class="action" data-action={what}>
      <summary class={what === 'replay' ? 'button button-main' : 'button button-danger'}>
        {label}
        {'\u2026'}
      </summary>
      <form method="post" action={webhookPath(record.id, `/${what}`)}>
        <Csrf csrf={csrf} />
        <Reason id={`${what}-reason`} />
        <div class="buttons">
          <button class={what === 'replay' ? 'button button-main' : 'button button-danger'} type="submit">
            {what === 'replay' ? 'Deliver it again' : 'Cancel it'}
          </button>
        </div>
      </form>
    </details>
  );
}

function Actions({ record, context }: { readonly record: RecordView; readonly context: PageContext }) {
  const csrf = context.get('csrf');
  const isPending = record.state === 'pending';
  if (!isPending && may(context, 'support')) return <ChangeForm record={record} csrf={csrf} what="replay" />;
  if (isPending && may(context, 'admin')) return <ChangeForm record={record} csrf={csrf} what="cancel" />;
  return null;
}

function Head({ record, context }: { readonly record: RecordView; readonly context: PageContext }) {
  return (
    <>
      <nav aria-label="Way back">
        <a href={pathTo('/webhooks')}>{'\u2190 Webhooks'}</a>
      </nav>
      <div class="head" id="head" data-live-part>
        <h1>
          <span class="visually-hidden">Webhook </span>
          <code id="id">{record.id}</code>
        </h1>
        <State state={record.state} reason={record.reason} />
        <button class="button button-small" type="button" data-copy="id" hidden>
          Copy id
        </button>
        <span class="live" data-live-status hidden></span>
        <Actions record={record} context={context} />
      </div>
    </>
  );
}

function page(record: RecordView, context: PageContext): Response | Promise<Response> {
  const said = sayings[context.req.query('said') ?? ''];
  const raw: RawForm = context.req.query('raw') === 'hex' ? 'hex' : 'text';
  return respondPage(
    context,
    { title: `Webhook ${record.id}`, section: '/webhooks' },
    <>
      <Head record={record} context={context} />
      {said === undefined ? null : (
        <p class="notice notice-good" role="status">
          {said}
        </p>
      )}
      <div
        class="arrivals"
        data-live={pathTo('/events')}
        data-sole={record.id}
        data-pending={record.state === 'pending' ? 'true' : 'false'}
        data-reload={webhookPath(record.id, '', { raw: raw === 'hex' ? raw : '' })}
      ></div>
      <div class="columns wide-left" id="story" data-live-part>
        <div class="column">
          <Timeline record={record} />
          <RequestPanel record={record} />
        </div>
        <div class="column">
          <Facts record={record} />
          <OptionsPanel record={record} />
        </div>
      </div>
      <BodyPanel record={record} form={raw} />
      <div class="column" id="compared" data-live-part>
        <Answers record={record} />
      </div>
    </>,
  );
}

/** Bytes for a file, never as what they claim to be: a hostile page must not run under the console's address. */
function download(context: PageContext, base64: string, name: string): Response {
  return context.body(new Uint8Array(Buffer.from(base64, 'base64')), 200, {
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${name}"`,
    'cache-control': 'no-store',
  });
}

/** One webhook's whole story, and what can be done with it. */
export function webhookRoutes({ operations }: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();

  router.get('/webhooks/:id', async (context) =>
    page(await operations.show(context.req.param('id'), sightOf(context.get('principal').role)), context),
  );

  router.get('/webhooks/:id/body', requireRole('support'), async (context) => {
    const { id, request } = await operations.show(context.req.param('id'), 'whole');
    return download(context, request.body ?? '', `${id}.bin`);
  });

  router.get('/webhooks/:id/attempts/:number/body', requireRole('support'), async (context) => {
    const { id, events } = await operations.show(context.req.param('id'), 'whole');
    const number = Number(context.req.param('number'));
    const attempt = events.find((event) => event.attempt?.number === number)?.attempt;
    if (attempt?.body === undefined) {
      throw new HookwardError('entry-not-found', { message: 'There is no answer of this attempt.' });
    }
    return download(context, attempt.body, `${id}.attempt-${String(number)}.bin`);
  });

  for (const what of ['replay', 'cancel'] as const) {
    router.post(
      `/webhooks/:id/${what}`,
      requireRole(what === 'replay' ? 'support' : 'admin'),
      async (context) => {
        const id = context.req.param('id');
        const [done] = await operations[what]([id], askedBy(context, await sentForm(context)));
        if (done?.result === 'not-found') {
          throw new HookwardError('webhook-not-found', {
            message: 'There is no webhook with this id any more.',
          });
        }
        if (done?.result === 'conflict') {
          const message =
            what === 'replay'
              ? 'It is pending already, and will be delivered without a replay.'
              : 'It is not pending any more: there is nothing to cancel.';
          throw new HookwardError('state-conflict', { message });
        }
        return context.redirect(
          webhookPath(id, '', { said: what === 'replay' ? 'replayed' : 'cancelled' }),
          303,
        );
      },
    );
  }

  return router;
}
