import { Hono } from 'hono';
import type { AccessEntry } from '../../../log/index.ts';
import { HookwardError } from '../../../core/errors.ts';
import { requireRole } from '../../identity/auth.ts';
import { Choice, Csrf, Field, HiddenFields, Reason } from '../components/form.tsx';
import { DataTable, Panel } from '../components/table.tsx';
import { Time } from '../components/time.tsx';
import { may, type ConsoleEnv, type ConsoleParts, type PageContext } from '../environment.ts';
import { askedBy, sentForm } from '../fields.ts';
import { pathTo } from '../paths.ts';
import { respondPage } from '../respond.tsx';
import { visible } from '../visible.ts';
import { counted } from '../words.ts';

type Kind = AccessEntry['kind'];

const sayings: Readonly<Record<string, string>> = {
  added: 'The entry is in force.',
  removed: 'The entry is gone.',
  covered: 'The entry is gone, but another one still covers the address.',
};

/** A whitelist as the configuration has it. */
interface FileWhitelist {
  readonly of: string;
  readonly mode: string;
  readonly addresses: readonly string[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** The whitelist for all routes, out of the redacted configuration; null where it holds none that can be read. */
function generalWhitelist(config: unknown): FileWhitelist | null {
  const access = isRecord(config) ? config['access'] : null;
  const whitelist = isRecord(access) ? access['whitelist'] : null;
  if (!isRecord(whitelist) || !Array.isArray(whitelist['addresses'])) return null;
  const addresses = whitelist['addresses'].filter((address) => typeof address === 'string');
  return { of: 'all routes', mode: String(whitelist['mode']), addresses };
}

function fileWhitelists({ config, routes }: ConsoleParts): readonly FileWhitelist[] {
  const general = generalWhitelist(config());
  const own = routes().flatMap(({ name, whitelist }) =>
    whitelist === null ? [] : [{ of: `route ${name}`, mode: whitelist.mode, addresses: whitelist.addresses }],
  );
  return [...(general === null ? [] : [general]), ...own].filter(
    ({ mode, addresses }) => mode !== 'off' || addresses.length > 0,
  );
}

function RemoveForm({
  entry,
  at,
  csrf,
}: {
  readonly entry: AccessEntry;
  readonly at: number;
  readonly csrf: string | null;
}) {
  const label = entry.kind === 'ban' ? 'Lift' : 'Remove';
  return (
    <details class="action">
      <summary class="button button-small">
        {label}
        {'\u2026'}
        <span class="visually-hidden"> {entry.address}</span>
      </summary>
      <form method="post" action={pathTo('/access/remove')}>
        <Csrf csrf={csrf} />
        <HiddenFields fields={{ kind: entry.kind, address: entry.address }} />
        <Reason id={`${entry.kind}-${String(at)}`} />
        <div class="buttons">
          <button class="button button-main" type="submit">
            {entry.kind === 'ban' ? `Lift the ban of ${entry.address}` : `Remove ${entry.address}`}
          </button>
        </div>
      </form>
    </details>
  );
}

function Entries(props: {
  readonly kind: Kind;
  readonly entries: readonly AccessEntry[];
  readonly context: PageContext;
}) {
  const { kind, entries, context } = props;
  const canChange = may(context, 'admin');
  const iso = (ms: number) => new Date(ms).toISOString();
  const neverEnds = kind === 'ban' ? 'when lifted' : 'when removed';
  return (
    <DataTable
      caption={kind === 'ban' ? 'Bans' : 'Whitelist entries added at run time'}
      columns={['Address', 'Reason', 'By', 'Since', 'Ends', ...(canChange ? [''] : [])]}
      empty={kind === 'ban' ? 'Nobody is banned.' : 'No address has been added while the server runs.'}
      rows={entries.map((entry, at) => [
        <code>{entry.address}</code>,
        <span class="hostile">
          {visible(entry.reason)}
          {entry.strikes > 0 ? <span class="muted"> ({counted(entry.strikes, 'ban')} in a row)</span> : null}
        </span>,
        <span class="hostile">{visible(entry.by)}</span>,
        <Time iso={iso(entry.createdAt)} />,
        entry.until === null ? <span class="muted">{neverEnds}</span> : <Time iso={iso(entry.until)} />,
        ...(canChange ? [<RemoveForm entry={entry} at={at} csrf={context.get('csrf')} />] : []),
      ])}
    />
  );
}

function AddForm({ csrf }: { readonly csrf: string | null }) {
  return (
    <Panel id="add" title="Add an entry">
      <form method="post" action={pathTo('/access')} class="inner limited">
        <Csrf csrf={csrf} />
        <div class="fields">
          <Field id="kind" label="List">
            <Choice
              id="kind"
              name="kind"
              value="ban"
              options={[
                ['ban', 'Ban'],
                ['whitelist', 'Whitelist'],
              ]}
            />
          </Field>
          <Field id="address" label="Address or CIDR block">
            <input
              id="address"
              name="address"
              type="text"
              required
              maxlength={64}
              autocomplete="off"
              spellcheck={false}
            />
          </Field>
          <Field id="until" label="Until (UTC)" hint="Left empty: until it is lifted." isTime>
            <input id="until" name="until" type="datetime-local" aria-describedby="until-hint" data-utc />
          </Field>
          <Reason id="add-reason" />
        </div>
        <div class="buttons">
          <button class="button button-main" type="submit">
            Add
          </button>
        </div>
      </form>
    </Panel>
  );
}

function kindOf(text: string): Kind {
  if (text === 'ban' || text === 'whitelist') return text;
  throw new HookwardError('usage-wrong', { message: 'The list is ban or whitelist.' });
}

/** A field of a browser, in UTC. @throws HookwardError `usage-wrong` */
function untilOf(text: string): number | null {
  if (text === '') return null;
  const until = Date.parse(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
  if (!Number.isNaN(until)) return until;
  throw new HookwardError('usage-wrong', { message: 'The end is no time, e.g. 2026-11-24T10:00.' });
}

function accessPage(
  parts: ConsoleParts,
  context: PageContext,
  entries: readonly AccessEntry[],
): Response | Promise<Response> {
  const said = sayings[context.req.query('said') ?? ''];
  const of = (kind: Kind) => entries.filter((entry) => entry.kind === kind);
  return respondPage(
    context,
    { title: 'Access', section: '/access' },
    <>
      <h1>Access</h1>
      {said === undefined ? null : (
        <p class="notice notice-good" role="status">
          {said}
        </p>
      )}
      <Panel id="bans" title="Bans" aside={counted(of('ban').length, 'entry', 'entries')}>
        <Entries kind="ban" entries={of('ban')} context={context} />
      </Panel>
      <Panel id="whitelist" title="Whitelist" aside="added while the server runs">
        <Entries kind="whitelist" entries={of('whitelist')} context={context} />
      </Panel>
      <Panel id="file" title="Whitelist of the configuration file" aside="changed there">
        <DataTable
          caption="Whitelists of the configuration file"
          columns={['For', 'Mode', 'Addresses']}
          empty="None: everybody may call who is not banned."
          rows={fileWhitelists(parts).map(({ of: whom, mode, addresses }) => [
            whom,
            mode,
            <ul class="chips">
              {addresses.map((address) => (
                <li>{address}</li>
              ))}
            </ul>,
          ])}
        />
      </Panel>
      <Panel id="limits" title="Rate limits hit" aside="the latest first, since the server began">
        <DataTable
          caption="Who ran into a rate limit"
          columns={['Who', 'Limit', 'Calls refused', 'Last']}
          empty="Nobody has called too often."
          rows={parts
            .limits()
            .map(({ limit, name, hits, lastAt }) => [
              <code class="hostile">{visible(name)}</code>,
              limit === 'address' ? 'of one address' : 'of a route',
              String(hits),
              <Time iso={lastAt} />,
            ])}
        />
      </Panel>
      {may(context, 'admin') ? <AddForm csrf={context.get('csrf')} /> : null}
    </>,
  );
}

/** Who may call and who may not, and who has been refused for calling too often. */
export function accessRoutes(parts: ConsoleParts): Hono<ConsoleEnv> {
  const { operations } = parts;
  const router = new Hono<ConsoleEnv>();

  router.get('/access', async (context) => accessPage(parts, context, await operations.listAccess()));

  router.post('/access', requireRole('admin'), async (context) => {
    const form = await sentForm(context);
    const entry = {
      kind: kindOf(form.text('kind')),
      address: form.text('address'),
      until: untilOf(form.text('until')),
    };
    await operations.putAccess(entry, askedBy(context, form));
    return context.redirect(pathTo('/access', { said: 'added' }), 303);
  });

  router.post('/access/remove', requireRole('admin'), async (context) => {
    const form = await sentForm(context);
    const entry = { kind: kindOf(form.text('kind')), address: form.text('address') };
    const { stillCoveredBy } = await operations.removeAccess(entry, askedBy(context, form));
    return context.redirect(
      pathTo('/access', { said: stillCoveredBy === null ? 'removed' : 'covered' }),
      303,
    );
  });

  return router;
}
