// A real Chromium for the console's tests, and what is watched on each of its pages.
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

/** Switches of the package that would hide what the tests look for: they weaken the browser's own rules for origins. */
const weakening = [
  '--disable-web-security',
  '--allow-running-insecure-content',
  '--single-process',
  '--no-zygote',
];

/** Starts Chromium as npm brings it, with the libraries that a bare machine lacks. */
export async function openBrowser(): Promise<Browser> {
  // Read when the package is loaded: without it, its own libraries are not unpacked.
  process.env['AWS_LAMBDA_JS_RUNTIME'] ??= 'nodejs22.x';
  const { default: packed } = await import('@sparticuz/chromium');
  const args = packed.args.filter((arg) => !weakening.includes(arg));
  return chromium.launch({ executablePath: await packed.executablePath(), args, headless: true });
}

/** A page, and everything that went wrong on it. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Messages of the browser's console, errors of scripts, breaches of the policy, dialogs; empty where all is well. */
  readonly faults: readonly string[];
}

/** How the console is looked at. */
export interface Look extends Pick<
  BrowserContextOptions,
  'colorScheme' | 'javaScriptEnabled' | 'timezoneId'
> {
  readonly width?: number;
}

/** Opens a page that notes what goes wrong. Its context is closed by the caller. */
export async function openPage(browser: Browser, look: Look = {}): Promise<WatchedPage> {
  const {
    width = 1280,
    colorScheme = 'light',
    timezoneId = 'Europe/Berlin',
    javaScriptEnabled = true,
  } = look;
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme,
    timezoneId,
    javaScriptEnabled,
    locale: 'en-GB',
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  if (javaScriptEnabled) {
    await page.addInitScript(() => {
      document.addEventListener('securitypolicyviolation', (event) => {
        // The page's own console is what the test reads.
        // eslint-disable-next-line no-console
        console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
      });
    });
  }
  return { page, context, faults };
}

/** By how many pixels the page is wider than its window; 0 where nothing must be scrolled sideways. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
