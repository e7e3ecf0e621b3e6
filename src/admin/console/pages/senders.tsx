import { Hono } from 'hono';
import type { RouteView, SenderView } from '../../settingsViews.ts';
import { DataTable, Panel } from '../components/table.tsx';
import type { ConsoleEnv, ConsoleParts } from '../environment.ts';
import { pathTo } from '../paths.ts';
import { respondPage } from '../respond.tsx';
import { visible } from '../visible.ts';
import { counted, durationText } from '../words.ts';

const none = <span class="muted">{'\u2013'}</span>;

/** Words in which what stands between backticks is code. */
function Marked({ text }: { readonly text: string }) {
  return <>{text.split('`').map((part, at) => (at % 2 === 1 ? <code>{part}</code> : part))}</>;
}

function checkText({ sender, verify, secrets }: RouteView): string {
  if (sender === null) return 'no sender';
  const how = verify === 'report' ? 'only reported' : 'enforced';
  return `${how}, ${counted(secrets, 'secret')}`;
}

function dedupeText({ dedupe }: RouteView): string {
  if (dedupe === null) return 'off';
  return `${dedupe.key.join(', ')} for ${durationText(dedupe.window)}`;
}

function Routes({ routes }: { readonly routes: readonly RouteView[] }) {
  return (
    <DataTable
      caption="Routes"
      columns={['Route', 'Path', 'Bot host', 'Sender', 'Check', 'Answer', 'Copies known by', 'Called at']}
      empty="No route is configured."
      rows={routes.map((route) => [
        <a href={pathTo('/webhooks', { route: route.name })}>{route.name}</a>,
        <code>{route.path}</code>,
        route.botHost,
        route.sender ?? none,
        checkText(route),
        route.answer.mode === 'ack'
          ? 'acknowledged at once'
          : `waits ${durationText(route.answer.for)} for the bot`,
        dedupeText(route),
        route.hasSecretTarget ? 'a secret path of its own' : "the caller's path",
      ])}
    />
  );
}

function retriesText({ retries }: SenderView): string {
  return retries.schedule === null ? retries.on : `${retries.on}; ${retries.schedule}`;
}

function Senders({ senders, isUsed }: { readonly senders: readonly SenderView[]; readonly isUsed: boolean }) {
  return (
    <DataTable
      caption="Senders that there is a preset for"
      columns={[
        'Sender',
        ...(isUsed ? ['Routes'] : []),
        'How it signs',
        'Acknowledgement',
        'Comes again on',
        'Event id',
        'Addresses',
      ]}
      empty="There are none."
      rows={senders.map((sender) => [
        <>
          {visible(sender.title)}
          <br />
          <code class="muted">{sender.name}</code>
        </>,
        ...(isUsed
          ? [
              <ul class="lines">
                {sender.routes.map((name) => (
                  <li>
                    <a href={pathTo('/webhooks', { route: name })}>{name}</a>
                  </li>
                ))}
              </ul>,
            ]
          : []),
        <Marked text={sender.signature} />,
        sender.answer.acknowledgement === null
          ? 'any 2xx'
          : `${String(sender.answer.acknowledgement.status)} ${sender.answer.acknowledgement.body.slice(0, 40)}`,
        <Marked text={retriesText(sender)} />,
        sender.eventId === null ? (
          none
        ) : (
          <ul class="lines">
            {sender.eventId.map((place) => (
              <li>
                <code>{place}</code>
              </li>
            ))}
          </ul>
        ),
        sender.addresses === null ? (
          none
        ) : (
          <span class="kept" title={`as of ${sender.addresses.date}`}>
            {String(sender.addresses.count)} <span class="muted">({sender.addresses.date})</span>
          </span>
        ),
      ])}
    />
  );
}

/** What is known of senders, and what each route makes of it. */
export function senderRoutes({ routes, senders }: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();
  router.get('/senders', (context) => {
    const all = senders();
    const used = all.filter((sender) => sender.routes.length > 0);
    const rest = all.filter((sender) => sender.routes.length === 0);
    return respondPage(
      context,
      { title: 'Senders', section: '/senders' },
      <>
        <h1>Senders</h1>
        <Panel id="routes" title="Routes" aside="as they work now">
          <Routes routes={routes()} />
        </Panel>
        {used.length === 0 ? null : (
          <Panel id="used" title="Senders of these routes">
            <Senders senders={used} isUsed />
          </Panel>
        )}
        <Panel
          id="senders"
          title={used.length === 0 ? 'Senders' : 'Other senders'}
          aside="that there is a preset for"
        >
          <Senders senders={rest} isUsed={false} />
        </Panel>
      </>,
    );
  });
  return router;
}
