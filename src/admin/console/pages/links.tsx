import type { Child } from 'hono/jsx';
import { Hono } from 'hono';
import { HookwardError } from '../../../core/errors.ts';
import { linkBody } from '../../api/queries.ts';
import { requireRole } from '../../identity/auth.ts';
import type { LinkCheck } from '../../settingsViews.ts';
import { Choice, Csrf, Field, TextField, Reason } from '../components/form.tsx';
import { FactTable, Panel } from '../components/table.tsx';
import { Time } from '../components/time.tsx';
import { may, type ConsoleEnv, type ConsoleParts, type PageContext } from '../environment.ts';
import { askedBy, sentForm } from '../fields.ts';
import { pathTo } from '../paths.ts';
import { respondPage } from '../respond.tsx';
import { visible } from '../visible.ts';
import { wordsOf } from '../words.ts';

type Fields = Readonly<Record<string, string>>;

interface MakeProps {
  readonly routes: readonly string[];
  readonly fields: Fields;
  readonly csrf: string | null;
}

function Text(props: {
  readonly name: string;
  readonly label: string;
  readonly fields: Fields;
  readonly required?: boolean;
  readonly hint?: string;
}) {
  const { name, fields, ...rest } = props;
  return <TextField id={`link-${name}`} name={name} value={fields[name] ?? ''} lengthMax={4096} {...rest} />;
}

function MakeForm({ routes, fields, csrf }: MakeProps) {
  return (
    <Panel id="make" title="Make a link">
      <form method="post" action={pathTo('/links')} class="inner limited">
        <Csrf csrf={csrf} />
        <div class="fields">
          <Field id="link-route" label="Route">
            <Choice
              id="link-route"
              name="route"
              value={fields['route'] ?? ''}
              options={routes.map((name) => [name, name] as const)}
            />
          </Field>
          <Field id="link-scheme" label="Kind of token" hint="Hookward's covers every part of the link.">
            <Choice
              id="link-scheme"
              name="scheme"
              value={fields['scheme'] ?? 'hookward'}
              options={[
                ['hookward', 'Hookward'],
                ['bots-business', 'Bots.Business'],
              ]}
            />
          </Field>
          <Text name="bot" label="Bot" fields={fields} required />
          <Text name="command" label="Command" fields={fields} required />
          <Text name="user_id" label="User" fields={fields} hint="Left empty: a global webhook." />
          <Text name="content" label="Content" fields={fields} />
          <Text name="redirect_to" label="Redirect to" fields={fields} />
          <Field id="link-expires" label="Expires (UTC)" hint="Left empty: never." isTime>
            <input
              id="link-expires"
              name="expires"
              type="datetime-local"
              value={fields['expires'] ?? ''}
              aria-describedby="link-expires-hint"
              data-utc
            />
          </Field>
          <Reason id="link-reason" value={fields['reason'] ?? ''} />
        </div>
        <div class="buttons">
          <button class="button button-main" type="submit">
            Make the link
          </button>
        </div>
      </form>
    </Panel>
  );
}

function CheckForm({ url, csrf }: { readonly url: string; readonly csrf: string | null }) {
  return (
    <Panel id="check" title="Test a link" aside="nobody is called">
      <form method="post" action={pathTo('/links/check')} class="inner limited">
        <Csrf csrf={csrf} />
        <Field id="check-url" label="Link, whole or from its path on">
          <textarea id="check-url" name="url" required maxlength={8192} spellcheck={false}>
            {url}
          </textarea>
        </Field>
        <div class="buttons">
          <button class="button" type="submit">
            Test it
          </button>
        </div>
      </form>
    </Panel>
  );
}

const none = <span class="muted">none</span>;

function Chips({ names }: { readonly names: readonly string[] }) {
  if (names.length === 0) return none;
  return (
    <ul class="chips">
      {names.map((name) => (
        <li class="hostile">{visible(name)}</li>
      ))}
    </ul>
  );
}

function linkRows(link: NonNullable<LinkCheck['link']>): readonly (readonly [string, Child])[] {
  const text = (value: string | null) =>
    value === null || value === '' ? none : <span class="hostile">{visible(value)}</span>;
  return [
    ['Kind of token', link.scheme],
    ['Key', text(link.keyId)],
    ['Link id, to revoke it by', text(link.linkId)],
    ['Bot', text(link.bot)],
    ['Command', text(link.command)],
    ['User', link.user === null ? 'global' : text(link.user)],
    ['Content', text(link.content)],
    ['Redirects to', text(link.redirectTo)],
    ['Expires', link.expires === null ? 'never' : <Time iso={link.expires} />],
    ['Covered by the token', <Chips names={link.covered} />],
    ['Not covered: anybody can change', <Chips names={link.uncovered} />],
  ];
}

function Checked({ check }: { readonly check: LinkCheck }) {
  const { isTaken, refusal, route, link } = check;
  return (
    <Panel id="checked" title="What the link says" aside="as tested now">
      <div class="inner">
        <p role="status">
          {isTaken ? (
            <span class="result-yes">It would be taken</span>
          ) : (
            <span class="result-no">It would be refused: {wordsOf(refusal ?? '')}</span>
          )}
          {route === null ? '.' : `, by the route ${route}.`}
        </p>
        {link === null ? <p class="muted">It carries no token.</p> : null}
      </div>
      {link === null ? null : <FactTable rows={linkRows(link)} />}
    </Panel>
  );
}

function Made({ url }: { readonly url: string }) {
  return (
    <Panel id="made" title="The link">
      <div class="inner">
        <pre class="block" tabindex={0} role="region" aria-label="The link">
          <code id="made-url">{url}</code>
        </pre>
        <div class="buttons">
          <button class="button button-small" type="button" data-copy="made-url" hidden>
            Copy
          </button>
        </div>
      </div>
    </Panel>
  );
}

/** The fields of the form as the API takes them. @throws HookwardError `usage-wrong` */
function linkOf(fields: Fields) {
  const given = Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => value !== '' && name !== 'reason'),
  );
  const expires = given['expires'];
  const parsed = linkBody.safeParse({
    ...given,
    ...(expires !== undefined && {
      expires: /Z$/.test(expires) ? expires : `${expires.length === 16 ? `${expires}:00` : expires}Z`,
    }),
  });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new HookwardError('usage-wrong', { message: issues.join('; ') });
}

/** Making links, and telling what one says and whether it would be taken. */
export function linkRoutes(parts: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();

  function page(
    context: PageContext,
    shown: {
      readonly url?: string;
      readonly made?: boolean;
      readonly fields?: Fields;
      readonly problem?: string;
    },
  ) {
    const { url = '', made = false, fields = {}, problem } = shown;
    const csrf = context.get('csrf');
    const routes = parts
      .routes()
      .filter(({ link }) => link !== 'none')
      .map(({ name }) => name);
    return respondPage(
      context,
      { title: 'Links', section: '/links' },
      <>
        <h1>Links</h1>
        {problem === undefined ? null : (
          <p class="notice notice-bad hostile" role="alert">
            {visible(problem)}
          </p>
        )}
        {made ? <Made url={url} /> : null}
        {url === '' ? null : <Checked check={parts.checkLink(url)} />}
        {may(context, 'admin') ? (
          routes.length === 0 ? (
            <p class="notice">No route takes links with a token: set link under one of them.</p>
          ) : (
            <MakeForm routes={routes} fields={fields} csrf={csrf} />
          )
        ) : null}
        {may(context, 'support') ? (
          <CheckForm url={url} csrf={csrf} />
        ) : (
          <p class="notice">Testing links needs the role support.</p>
        )}
      </>,
      problem === undefined ? 200 : 400,
    );
  }

  router.get('/links', (context) => page(context, {}));

  router.post('/links', requireRole('admin'), async (context) => {
    const form = await sentForm(context);
    const fields = form.fields();
    try {
      const { url } = await parts.makeLink(linkOf(fields), askedBy(context, form));
      return await page(context, { url, made: true, fields });
    } catch (error) {
      if (error instanceof HookwardError) return page(context, { fields, problem: error.message });
      throw error;
    }
  });

  router.post('/links/check', requireRole('support'), async (context) =>
    page(context, { url: (await sentForm(context)).text('url') }),
  );

  return router;
}
