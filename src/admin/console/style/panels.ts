/** What pages are put together from: panels, columns, notices, figures, the list of what needs attention. */
export const panels = `
.panel { border: 1px solid var(--line); border-radius: var(--radius); background: var(--ground); min-width: 0; }
.panel > header {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 12px; padding: 9px 14px;
  border-bottom: 1px solid var(--line); background: var(--raised); border-radius: var(--radius) var(--radius) 0 0;
}
.panel > header > .aside { margin-left: auto; }
.inner { padding: 12px 14px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; }
.inner.limited { max-width: 720px; }
.columns { display: grid; gap: 18px; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); align-items: start; }
.columns.wide-left { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); }
.column:empty { display: none; }
.column { display: grid; gap: 18px; grid-template-columns: minmax(0, 1fr); }
.notice {
  border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: var(--radius); padding: 9px 14px;
  background: var(--raised); overflow-wrap: anywhere;
}
.panel > .notice { margin: 0 14px 12px; }
.notice-wait { border-left-color: var(--wait); }
.notice-good { border-left-color: var(--good); }
.notice-bad { border-left-color: var(--bad); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: 0; }
.figure { border: 1px solid var(--line); border-radius: var(--radius); padding: 10px 14px; background: var(--ground); }
.figure dt { color: var(--muted); font-size: 12.5px; }
.figure dd { margin: 2px 0 0; font-size: 22px; font-weight: 600; line-height: 1.2; }
.figure dd a { color: inherit; text-decoration: none; }
.figure dd a:hover { text-decoration: underline; }
.figure dd.aside { font-size: 12.5px; font-weight: 400; color: var(--muted); }
.figure.is-bad dd:not(.aside) { color: var(--bad); }
.figure.is-wait dd:not(.aside) { color: var(--wait); }
.attention { margin: 0; padding: 0; list-style: none; }
.attention li {
  display: grid; grid-template-columns: 3em minmax(0, 1fr); align-items: baseline; gap: 12px; padding: 9px 14px;
  border-top: 1px solid var(--line); overflow-wrap: anywhere;
}
.attention li:first-child { border-top: 0; }
.attention .is-now { box-shadow: inset 3px 0 0 var(--bad); }
.attention .is-soon { box-shadow: inset 3px 0 0 var(--wait); }
.urgency { font-size: 12.5px; font-weight: 600; }
.urgency-now { color: var(--bad); }
.urgency-soon { color: var(--wait); }
.urgency-note { color: var(--muted); }
@media (max-width: 860px) {
  .columns, .columns.wide-left { grid-template-columns: minmax(0, 1fr); gap: 14px; }
  .column { gap: 14px; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .attention li { grid-template-columns: minmax(0, 1fr); gap: 2px; }
}
`;
