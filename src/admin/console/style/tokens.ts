/** Colours, sizes and fonts, by name. Every pair of text and ground that is used has a contrast of 4.5 to 1 or more. */
export const tokens = `
:root {
  color-scheme: light dark;
  --ground: #ffffff;
  --raised: #f6f7f9;
  --sunken: #eceff3;
  --line: #d8dde3;
  --edge: #7c8794;
  --text: #1a1f26;
  --muted: #56606b;
  --accent: #1f5fa8;
  --accent-text: #ffffff;
  --accent-soft: #e6effa;
  --good: #14653a;
  --good-soft: #e2f4e9;
  --wait: #7a4a00;
  --wait-soft: #fdf0d8;
  --bad: #a11a24;
  --bad-soft: #fde8e9;
  --changed: #fff3c4;
  --font: system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif;
  --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  --radius: 6px;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1318;
    --raised: #161b22;
    --sunken: #1f2630;
    --line: #2e3742;
    --edge: #6b7785;
    --text: #e3e8ee;
    --muted: #9aa5b1;
    --accent: #79b4f5;
    --accent-text: #0b1622;
    --accent-soft: #16293f;
    --good: #7fd6a2;
    --good-soft: #12301f;
    --wait: #efbb62;
    --wait-soft: #34270d;
    --bad: #ff9ba1;
    --bad-soft: #3e151a;
    --changed: #3a3312;
  }
}
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { font: 14px/1.45 var(--font); color: var(--text); background: var(--ground); }
body { margin: 0; font-variant-numeric: tabular-nums; }
a { color: var(--accent); text-underline-offset: 2px; text-decoration-thickness: 1px; }
h1, h2, h3 { line-height: 1.25; margin: 0; font-weight: 600; overflow-wrap: anywhere; }
h1 { font-size: 20px; }
h2 { font-size: 15px; }
h3 { font-size: 13px; }
p { margin: 0; }
code, pre, .mono { font-family: var(--mono); font-size: 12.5px; overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; tab-size: 2; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
.muted { color: var(--muted); }
.hostile { unicode-bidi: isolate; overflow-wrap: anywhere; }
.visually-hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
@media (prefers-reduced-motion: no-preference) {
  .is-changed { animation: changed 2s ease-out; }
  @keyframes changed { from { background: var(--changed); } }
}
`;
