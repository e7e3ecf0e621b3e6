import { html } from 'hono/html';
import type { Child } from 'hono/jsx';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { PageContext } from './environment.ts';
import { Layout, type PageHead } from './layout.tsx';

/** Answers with a whole page. */
export function respondPage(
  context: PageContext,
  head: PageHead,
  content: Child,
  status: ContentfulStatusCode = 200,
): Response | Promise<Response> {
  // Variables are not there where nobody has logged in, whatever their type says.
  const principal = (context.get('principal') as PageContext['var']['principal'] | undefined) ?? null;
  const csrf = (context.get('csrf') as string | null | undefined) ?? null;
  const page = (
    <Layout head={head} frame={context.get('frame')} principal={principal} csrf={csrf}>
      {content}
    </Layout>
  );
  return context.html(html`<!doctype html>${page}`, status);
}

/** Answers with a part of a page, for htmx to put in its place. */
export function respondPart(
  context: PageContext,
  part: HtmlEscapedString | Promise<HtmlEscapedString>,
): Response | Promise<Response> {
  return context.html(part);
}
