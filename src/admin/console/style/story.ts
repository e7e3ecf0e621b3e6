/** One webhook: its timeline, request, body beside bytes, and answers side by side. */
export const story = `
.timeline { margin: 0; padding: 6px 14px 8px 20px; list-style: none; }
.timeline > li {
  display: grid; grid-template-columns: 15em minmax(0, 1fr); gap: 2px 12px; padding: 7px 0 7px 16px;
  border-left: 2px solid var(--line); position: relative;
}
.timeline > li::before {
  content: ''; position: absolute; left: -7px; top: 11px; width: 12px; height: 12px; border-radius: 50%;
  background: var(--edge); border: 2px solid var(--ground);
}
.timeline > .at-good::before { background: var(--good); }
.timeline > .at-bad::before { background: var(--bad); }
.timeline > .at-wait::before { background: var(--wait); }
.timeline .when { color: var(--muted); font-size: 12.5px; display: flex; flex-wrap: wrap; gap: 0 10px; align-content: start; }
.timeline .what { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; }
.timeline details > summary { color: var(--accent); font-size: 13px; width: max-content; max-width: 100%; }
.timeline details > div { margin-top: 6px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 8px; }
.boxed { border: 1px solid var(--line); border-radius: var(--radius); }
.block {
  border: 1px solid var(--line); border-radius: var(--radius); background: var(--raised); padding: 8px 10px;
  max-height: 460px; overflow: auto;
}
pre.hex { font-size: 12px; white-space: pre; overflow-wrap: normal; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 14px; align-items: start; }
.pair > section { display: grid; grid-template-columns: minmax(0, 1fr); gap: 6px; }
.line { display: block; min-height: 1.45em; }
.line-changed, .pair-changed > * { background: var(--changed); }
.side-head { display: flex; flex-wrap: wrap; gap: 2px 12px; align-items: baseline; }
.choices { display: inline-flex; gap: 10px; font-size: 13px; }
.choices a[aria-current] { color: var(--text); font-weight: 600; text-decoration: none; }
.result-yes { color: var(--good); font-weight: 600; }
.result-no { color: var(--bad); font-weight: 600; }
progress { width: 100%; height: 14px; accent-color: var(--accent); }
.chips { display: flex; flex-wrap: wrap; gap: 4px 8px; margin: 0; padding: 0; list-style: none; }
.chips li { background: var(--sunken); border-radius: 4px; padding: 0 7px; font-family: var(--mono); font-size: 12.5px; overflow-wrap: anywhere; }
@media (max-width: 860px) {
  .timeline > li { grid-template-columns: minmax(0, 1fr); }
  .pair { grid-template-columns: minmax(0, 1fr); }
}
`;
