/** The overview's small charts; what uPlot draws itself takes its colours from the tokens (see client/charts.ts). */
export const charts = `
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(210px, 100%), 1fr)); gap: 14px 20px; }
.chart { display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px; align-content: start; }
.chart .plot { height: 116px; overflow: hidden; }
.chart .latest { font-size: 12.5px; display: flex; flex-wrap: wrap; gap: 2px 12px; margin: 0; padding: 0; list-style: none; }
.chart .latest li { display: inline-flex; align-items: baseline; gap: 5px; }
.key::before { content: ''; display: inline-block; width: 16px; margin-right: 5px; vertical-align: 4px; border-top: 2px solid var(--accent); }
.key-2::before { border-top: 2px dashed var(--good); }
.key-3::before { border-top: 2px dotted var(--bad); }
`;
