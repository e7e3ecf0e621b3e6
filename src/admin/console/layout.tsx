import type { Child } from 'hono/jsx';
import type { Principal } from '../identity/tokens.ts';
import { Csrf } from './components/form.tsx';
import type { Frame } from './environment.ts';
import { pathTo } from './paths.ts';
import { visible } from './visible.ts';

/** The pages that the bar links to, by the path that they begin with. */
const sections = [
  ['', 'Overview'],
  ['/webhooks', 'Webhooks'],
  ['/replays', 'Replays'],
  ['/access', 'Access'],
  ['/links', 'Links'],
  ['/senders', 'Senders'],
  ['/audit', 'Audit'],
  ['/system', 'System'],
] as const;

export type SectionPath = (typeof sections)[number][0];

/** What htmx may do here: no styles and no history of its own, and no answer but a good one put into the page. */
const htmxConfig = JSON.stringify({
  includeIndicatorCSS: false,
  history: false,
  defaultTimeout: 20_000,
  noSwap: [204, 304, '4xx', '5xx'],
});

/** What a page is beside its content. */
export interface PageHead {
  readonly title: string;
  readonly section: SectionPath | null;
  /** Loads uPlot as well. */
  readonly withCharts?: boolean;
}

interface LayoutProps {
  readonly head: PageHead;
  readonly frame: Frame;
  /** Null: nobody has logged in. */
  readonly principal: Principal | null;
  readonly csrf: string | null;
  readonly children: Child;
}

function Bar({ head, frame, principal, csrf }: Omit<LayoutProps, 'children'>) {
  return (
    <header class="bar">
      <a class="brand" href={pathTo('')}>
        <img src={`${frame.assetBase}/icon.svg`} width="20" height="20" alt="" />
        Hookward
      </a>
      {principal === null ? null : (
        <>
          <nav aria-label="Pages">
            <ul>
              {sections.map(([path, label]) => (
                <li>
                  <a href={pathTo(path)} aria-current={path === head.section ? 'page' : undefined}>
                    {label}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <form class="find" role="search" action={pathTo('/find')} method="get">
            <label class="visually-hidden" for="search">
              Find a webhook by its id, its beginning, or the sender's event id
            </label>
            <input
              id="search"
              name="q"
              type="search"
              placeholder="Webhook or event id"
              autocomplete="off"
              spellcheck={false}
              maxlength={300}
            />
            <button class="button" type="submit">
              Find
            </button>
          </form>
          <div class="who">
            <span>
              {visible(principal.name)}, {principal.role}
            </span>
            {frame.hasLogin ? (
              <form method="post" action={pathTo('/logout')}>
                <Csrf csrf={csrf} />
                <button class="button button-small" type="submit">
                  Log out
                </button>
              </form>
            ) : null}
          </div>
        </>
      )}
    </header>
  );
}

function Foot({ frame, isLoggedIn }: { readonly frame: Frame; readonly isLoggedIn: boolean }) {
  return (
    <footer class="foot">
      <span>Hookward {frame.version}</span>
      <span id="zone">Times are UTC.</span>
      {isLoggedIn ? (
        <span class="keys">
          <span>
            <kbd>/</kbd> search
          </span>
          <span>
            <kbd>j</kbd> <kbd>k</kbd> next, previous row
          </span>
          <span>
            <kbd>x</kbd> select
          </span>
          <span>
            <kbd>Enter</kbd> open
          </span>
          <span>
            <kbd>r</kbd> replay
          </span>
        </span>
      ) : null}
    </footer>
  );
}

/** A whole page. Everything that it loads is the console's own. */
export function Layout({ head, frame, principal, csrf, children }: LayoutProps) {
  const { assetBase } = frame;
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <meta name="htmx-config" content={htmxConfig} />
        <title>{`${head.title} \u00b7 Hookward`}</title>
        <link rel="icon" href={`${assetBase}/icon.svg`} />
        {head.withCharts === true ? <link rel="stylesheet" href={`${assetBase}/uplot.css`} /> : null}
        <link rel="stylesheet" href={`${assetBase}/console.css`} />
        <script defer src={`${assetBase}/htmx.js`}></script>
        {head.withCharts === true ? <script defer src={`${assetBase}/uplot.js`}></script> : null}
        <script type="module" src={`${assetBase}/main.js`}></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <Bar head={head} frame={frame} principal={principal} csrf={csrf} />
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <Foot frame={frame} isLoggedIn={principal !== null} />
        <p id="announcer" class="visually-hidden" role="status"></p>
      </body>
    </html>
  );
}
