// The console's scripts, styles and icon: read once when the console is made, served under an address that holds their
// hash, so that browsers may keep them for good and never mix two versions.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { icon } from './style/icon.ts';
import { styleSheet } from './style/sheet.ts';

/** A file as it is served. */
export interface Asset {
  readonly contentType: string;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** All files by name, and the hash that their addresses hold. */
export interface Assets {
  readonly version: string;
  readonly files: ReadonlyMap<string, Asset>;
}

const javascript = 'text/javascript; charset=utf-8';
const css = 'text/css; charset=utf-8';

/** Scripts of the console's own; compiled beside this file. */
const clientScripts = [
  'main',
  'charts',
  'clock',
  'copying',
  'keyboard',
  'live',
  'liveList',
  'liveParts',
  'liveWebhook',
  'selection',
  'stream',
  'swaps',
];

/** Files of packages, by the name that they are served under. */
const packageFiles: readonly (readonly [name: string, url: string, contentType: string])[] = [
  ['htmx.js', import.meta.resolve('htmx.org/dist/htmx.min.js'), javascript],
  ['uplot.js', import.meta.resolve('uplot/dist/uPlot.iife.min.js'), javascript],
  ['uplot.css', import.meta.resolve('uplot/dist/uPlot.min.css'), css],
];

const text = (content: string) => new Uint8Array(Buffer.from(content));
const file = (url: string | URL) => new Uint8Array(readFileSync(fileURLToPath(url)));

/** Reads all assets. */
export function readAssets(): Assets {
  const files = new Map<string, Asset>([
    ['console.css', { contentType: css, body: text(styleSheet) }],
    ['icon.svg', { contentType: 'image/svg+xml', body: text(icon) }],
  ]);
  for (const [name, url, contentType] of packageFiles) files.set(name, { contentType, body: file(url) });
  for (const name of clientScripts) {
    const url = new URL(`./client/${name}.js`, import.meta.url);
    files.set(`${name}.js`, { contentType: javascript, body: file(url) });
  }
  const hash = createHash('sha256');
  for (const { body } of files.values()) hash.update(body);
  return { version: hash.digest('hex').slice(0, 16), files };
}
