import type { ErrorHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { HookwardError, operatorErrors, refusals } from '../../core/errors.ts';
import type { ConsoleEnv, ConsoleParts, PageContext } from './environment.ts';
import { pathTo } from './paths.ts';
import { respondPage } from './respond.tsx';

/** A page that says what is wrong and what to do. */
export function problemPage(
  context: PageContext,
  { title, message, status }: { readonly title: string; readonly message: string; readonly status: number },
): Response | Promise<Response> {
  const content = (
    <section class="panel narrow" aria-labelledby="problem">
      <header>
        <h1 id="problem">{title}</h1>
      </header>
      <div class="inner">
        <p class="hostile">{message}</p>
        <p>
          <a href={pathTo('')}>Overview</a>
        </p>
      </div>
    </section>
  );
  return respondPage(context, { title, section: null }, content, status as ContentfulStatusCode);
}

/** Where a caller without a login is sent; htmx is told to take the whole page there. */
function toLogin(context: PageContext): Response {
  const isPart = context.req.header('hx-request') !== undefined;
  const { pathname, search } = new URL(context.req.url);
  const next = context.req.method === 'GET' && !isPart ? `${pathname}${search}` : '';
  const login = pathTo('/login', { next });
  if (!isPart) return context.redirect(login, 303);
  context.header('hx-redirect', login);
  return context.text('Log in again.', 401);
}

/** Turns what a handler throws into a page. */
export function problemHandler({ failed, tokens }: ConsoleParts): ErrorHandler<ConsoleEnv> {
  return (error, context) => {
    if (!(error instanceof HookwardError)) {
      failed(error);
      return problemPage(context, {
        title: 'Something went wrong here',
        message: 'The server logged what.',
        status: 500,
      });
    }
    const isLoginWanted =
      error.code === 'not-authorized' && tokens().length > 0 && context.req.method === 'GET';
    if (isLoginWanted) return toLogin(context);
    const { status, title } = { ...refusals, ...operatorErrors }[error.code];
    return problemPage(context, { title, message: error.message, status });
  };
}
