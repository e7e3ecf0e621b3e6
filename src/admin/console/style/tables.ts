/** Tables, states and the list of webhooks, which becomes a list of cards on narrow screens. */
export const tables = `
.scroll { overflow-x: auto; min-width: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 6px 10px; border-top: 1px solid var(--line); }
th:first-child, td:first-child { padding-left: 14px; }
thead th { border-top: 0; font-size: 12.5px; font-weight: 500; color: var(--muted); white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; }
.facts th { width: 1%; white-space: nowrap; color: var(--muted); font-weight: 400; }
.facts td { overflow-wrap: anywhere; }
.facts tr:first-child > *, .headers tbody:first-child tr:first-child > * { border-top: 0; }
.headers { table-layout: fixed; }
.headers th, .headers td { overflow-wrap: anywhere; }
.headers tbody th, .headers td { font-family: var(--mono); font-size: 12.5px; }
.headers .names { width: 30%; }
.state, .outcome { display: inline-block; padding: 0 7px; border-radius: 10px; font-size: 12.5px; font-weight: 600; white-space: nowrap; }
.state-delivered, .outcome-success { color: var(--good); background: var(--good-soft); }
.state-pending, .outcome-redirect { color: var(--wait); background: var(--wait-soft); }
.state-dead, .outcome-failed { color: var(--bad); background: var(--bad-soft); }
.state-cancelled { color: var(--muted); background: var(--sunken); }
.list td, .list th { white-space: nowrap; }
.list .target { width: 46%; max-width: 0; overflow: hidden; text-overflow: ellipsis; font-family: var(--mono); font-size: 12.5px; }
.list .id { font-family: var(--mono); font-size: 12.5px; max-width: 17ch; overflow: hidden; text-overflow: ellipsis; }
.list tbody tr:hover { background: var(--raised); }
.list tbody tr:focus-within { background: var(--accent-soft); box-shadow: inset 3px 0 0 var(--accent); }
.list .pick { width: 1%; padding-right: 2px; }
.list .pick input { display: block; margin-top: 2px; }
.arrivals { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; padding: 7px 14px; background: var(--accent-soft); border-bottom: 1px solid var(--line); }
.arrivals:empty { display: none; }
.pages { display: flex; flex-wrap: wrap; gap: 8px 16px; align-items: center; padding: 10px 14px; border-top: 1px solid var(--line); }
.empty { padding: 18px 14px; color: var(--muted); }
.lines { margin: 0; padding: 0; list-style: none; }
.stack td .hostile, .stack th .hostile { display: inline-block; min-width: 7ch; }
.stack time { white-space: nowrap; }
.lines, tbody th code, .kept { white-space: nowrap; }
.filter-words { display: inline-flex; flex-wrap: wrap; gap: 0 14px; }
.filter-words .muted { font-weight: 400; }
.live { display: inline-flex; align-items: baseline; gap: 6px; font-size: 12.5px; color: var(--muted); }
.live::before { content: ''; width: 8px; height: 8px; border-radius: 50%; background: var(--edge); }
.live[data-live-status='live']::before { background: var(--good); }
.live[data-live-status='reconnecting']::before { background: var(--wait); }
@media (max-width: 860px) {
  .list thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .list, .list tbody { display: block; }
  .list tbody tr { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 2px 10px; padding: 9px 12px; border-top: 1px solid var(--line); }
  .list tbody tr:first-child { border-top: 0; }
  .list tbody td { display: block; border: 0; padding: 0; white-space: normal; overflow-wrap: anywhere; }
  .list td.pick { grid-column: 1; grid-row: 1 / span 3; width: auto; }
  .list td.when { grid-column: 2; grid-row: 1; }
  .list td.standing { grid-column: 3; grid-row: 1; }
  .list td.target { grid-column: 2 / -1; grid-row: 2; width: auto; max-width: none; }
  .list td.fact { grid-column: 2 / -1; color: var(--muted); font-size: 12.5px; text-align: left; }
  .list td.is-empty { display: none; }
  .list td.route { grid-column: 2; grid-row: 3; }
  .list td.answer { grid-column: 3; grid-row: 3; text-align: right; }
  .list td.fact:not(.route, .answer, .id)::before { content: attr(data-label) ' '; }
  .stack thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stack, .stack tbody { display: block; }
  .stack tr { display: block; padding: 9px 12px; border-top: 1px solid var(--line); }
  .stack tbody tr:first-child { border-top: 0; }
  .stack tbody th, .stack td { display: block; width: auto; border: 0; padding: 1px 0; text-align: left; overflow-wrap: anywhere; white-space: normal; }
  .stack td[data-label]::before { content: attr(data-label) ': '; color: var(--muted); }
  .headers, .headers tbody { display: block; }
  .headers colgroup { display: none; }
  .facts tr, .headers tr {
    display: grid; grid-template-columns: minmax(88px, 32%) minmax(0, 1fr); gap: 0 10px; padding: 5px 12px; border-top: 1px solid var(--line);
  }
  .facts th { white-space: normal; }
  .list td.id { max-width: none; white-space: nowrap; }

  .facts tr:first-child, .headers tbody:first-child tr:first-child { border-top: 0; }
  .facts th, .facts td, .headers th, .headers td { display: block; width: auto; border: 0; padding: 0; }
}
`;
