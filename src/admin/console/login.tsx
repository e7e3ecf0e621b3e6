import { Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { HookwardError } from '../../core/errors.ts';
import { isSameOrigin } from '../identity/sameSite.ts';
import { authenticate, sessionCookie } from '../identity/auth.ts';
import { Field, HiddenFields } from './components/form.tsx';
import type { ConsoleEnv, ConsoleParts, PageContext } from './environment.ts';
import { sentForm } from './fields.ts';
import { base, pathTo } from './paths.ts';
import { respondPage } from './respond.tsx';
import { counted } from './words.ts';

/** A page of the console to go on to; anything else would be an open redirect, or lead out of the console. */
function ownPage(next: string): string {
  const [path = ''] = next.split('?');
  const isOwn = /^\/console(\/[\w\-]+)*$/.test(path) && !/[\\\s]/.test(next);
  return isOwn ? next : base;
}

function loginPage(
  context: PageContext,
  next: string,
  failure: { message: string; status: 401 | 429 } | null,
) {
  const content = (
    <section class="panel narrow" aria-labelledby="login">
      <header>
        <h1 id="login">Log in</h1>
      </header>
      <div class="inner">
        {failure === null ? null : (
          <p class="notice notice-bad" role="alert">
            {failure.message}
          </p>
        )}
        <form method="post" action={pathTo('/login')}>
          <HiddenFields fields={{ next }} />
          <div class="column">
            <Field id="token" label="Token" hint="One of those under admin.tokens in the configuration.">
              <input
                id="token"
                name="token"
                type="password"
                required
                maxlength={256}
                autocomplete="current-password"
                aria-describedby="token-hint"
                autofocus
              />
            </Field>
            <div class="buttons">
              <button class="button button-main" type="submit">
                Log in
              </button>
            </div>
          </div>
        </form>
      </div>
    </section>
  );
  return respondPage(context, { title: 'Log in', section: null }, content, failure?.status ?? 200);
}

/** Logging in and out. */
export function loginRoutes({ sessions, logins, tokens, addressOf }: ConsoleParts): Hono<ConsoleEnv> {
  const router = new Hono<ConsoleEnv>();

  router.get('/login', (context) => {
    const next = ownPage(context.req.query('next') ?? '');
    return tokens().length === 0 ? context.redirect(next, 303) : loginPage(context, next, null);
  });

  router.post('/login', async (context) => {
    const { host, origin, 'sec-fetch-site': fetchSite } = context.req.header();
    if (!isSameOrigin({ host, origin, fetchSite })) {
      throw new HookwardError('not-authorized', { message: 'The login comes from a page of another site.' });
    }
    const form = await sentForm(context);
    const next = ownPage(form.text('next'));
    const login = await logins.login({
      token: form.text('token'),
      address: addressOf(context.env.incoming),
    });
    switch (login.result) {
      case 'opened': {
        const secure =
          new URL(context.req.url).protocol === 'https:' ||
          context.req.header('x-forwarded-proto') === 'https';
        // Lax, so that a link to a webhook in a chat opens it; what changes something needs the CSRF field as well.
        setCookie(context, sessionCookie, login.id, { path: '/', httpOnly: true, sameSite: 'Lax', secure });
        return context.redirect(next, 303);
      }
      case 'wrong':
        return loginPage(context, next, { message: 'No configured token is this one.', status: 401 });
      case 'limited': {
        context.header('retry-after', String(login.retryAfterSeconds));
        const wait = counted(login.retryAfterSeconds, 'second');
        return loginPage(context, next, {
          message: `Too many logins have failed: try again in ${wait}.`,
          status: 429,
        });
      }
    }
  });

  router.post('/logout', authenticate({ sessions, tokens }), async (context) => {
    const id = getCookie(context, sessionCookie);
    if (id !== undefined) await logins.logout({ id, address: addressOf(context.env.incoming) });
    deleteCookie(context, sessionCookie, { path: '/' });
    return context.redirect(pathTo('/login'), 303);
  });

  return router;
}
