/** What surrounds every page: the bar with its links and search, the page's head, the foot. */
export const frame = `
.skip { position: absolute; left: 8px; top: -60px; background: var(--ground); padding: 8px 12px; z-index: 2; }
.skip:focus { top: 8px; }
.bar {
  display: flex; flex-wrap: wrap; align-items: center; gap: 4px 18px; padding: 8px 20px;
  background: var(--raised); border-bottom: 1px solid var(--line);
}
.brand { display: inline-flex; align-items: center; gap: 8px; font-weight: 650; color: var(--text); text-decoration: none; }
.brand img { display: block; }
.bar ul { display: flex; flex-wrap: wrap; gap: 2px; margin: 0; padding: 0; list-style: none; }
.bar nav a { display: block; padding: 5px 9px; border-radius: var(--radius); color: var(--muted); text-decoration: none; }
.bar nav a:hover { color: var(--text); background: var(--sunken); }
.bar nav a[aria-current] { color: var(--accent); background: var(--accent-soft); font-weight: 600; }
.bar .find { margin-left: auto; display: flex; gap: 6px; flex: 1 1 200px; max-width: 380px; }
.bar .find input { min-width: 0; }
.who { display: flex; align-items: center; gap: 8px; color: var(--muted); font-size: 13px; }
main { max-width: 1440px; margin: 0 auto; padding: 18px 20px 40px; display: grid; grid-template-columns: minmax(0, 1fr); gap: 18px; }
.head { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 14px; }
.head h1 { min-width: 0; }
.head h1 code { font-size: 17px; }
.head .action { margin-left: auto; }
.head .action[open] { flex-basis: 100%; }
.foot {
  max-width: 1440px; margin: 0 auto; padding: 12px 20px 28px; color: var(--muted); font-size: 12.5px;
  display: flex; flex-wrap: wrap; gap: 6px 24px; border-top: 1px solid var(--line);
}
.keys { display: flex; flex-wrap: wrap; gap: 4px 14px; }
kbd {
  font: 12px var(--mono); padding: 1px 5px; border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px;
  background: var(--raised); color: var(--text);
}
.narrow { max-width: 440px; margin: 8vh auto 0; width: 100%; }
@media (max-width: 860px) {
  .bar { padding: 8px 12px; }
  .bar .find { margin-left: 0; flex-basis: 100%; max-width: none; order: 3; }
  .bar nav { order: 4; width: 100%; }
  .bar nav a { padding: 8px 9px; }
  .who { margin-left: auto; }
  main { padding: 14px 12px 32px; gap: 14px; }
  .foot { padding: 12px; }
  .keys { display: none; }
}
`;
