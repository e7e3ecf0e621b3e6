/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// The overview's small charts, drawn by uPlot out of the server's samples.
import type uPlotType from 'uplot';

declare const uPlot: typeof uPlotType | undefined;

type Sample = Readonly<Record<string, number | null>>;

/** The server takes a sample every 10 s. */
const refreshMs = 10_000;

/** The server keeps an hour. */
const shownSeconds = 3_600;

/** Soon after the start less is shown, but never so little that two readings fill the chart. */
const shownSecondsMin = 300;

/** The end of a scale: 1, 2, 4 or 6 of a power of ten, so that its middle is a round number too. */
function evenAbove(most: number): number {
  if (most <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return ([1, 2, 4, 6].find((step) => step * power >= most) ?? 10) * power;
}

/** Lines of a chart, told apart by colour and by dashes. */
const strokes = [
  { colour: '--accent', dash: [] },
  { colour: '--good', dash: [6, 4] },
  { colour: '--bad', dash: [2, 3] },
] as const;

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const shortNumber = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 });

/** Columns as uPlot takes them: seconds first, then a column for each name. */
function columns(samples: readonly Sample[], names: readonly string[]): uPlotType.AlignedData {
  const seconds = samples.map((sample) => (sample['at'] ?? 0) / 1000);
  return [seconds, ...names.map((name) => samples.map((sample) => sample[name] ?? null))];
}

function options(names: readonly string[], width: number): uPlotType.Options {
  const axis = {
    stroke: token('--muted'),
    grid: { stroke: token('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  const clock = (seconds: number) => new Date(seconds * 1000).toTimeString().slice(0, 5);
  return {
    width,
    height: 116,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: {
        range: (_plot, least: number | null, most: number | null) => {
          const end = most ?? shownSeconds;
          return [Math.max(end - shownSeconds, Math.min(least ?? end, end - shownSecondsMin)), end];
        },
      },
      y: { range: (_plot, _least, most: number | null) => [0, evenAbove(most ?? 0)] },
    },
    axes: [
      { ...axis, size: 22, values: (_plot, splits) => splits.map(clock) },
      {
        ...axis,
        size: 46,
        splits: (_plot, _axis, _least, most) => [0, most / 2, most],
        values: (_plot, splits) => splits.map((value) => shortNumber.format(value)),
      },
    ],
    series: [
      {},
      ...names.map((label, at) => {
        const { colour, dash } = strokes[at] ?? strokes[0];
        const fill = at === 0 ? `${token(colour)}1f` : undefined;
        return {
          label,
          stroke: token(colour),
          width: 1.5,
          dash: [...dash],
          points: { show: false },
          ...(fill !== undefined && { fill }),
        };
      }),
    ],
  };
}

interface Chart {
  readonly names: readonly string[];
  readonly place: HTMLElement;
  plot: uPlotType | null;
}

function draw(chart: Chart, Plot: typeof uPlotType, samples: readonly Sample[]): void {
  const data = columns(samples, chart.names);
  if (chart.plot === null)
    chart.plot = new Plot(options(chart.names, chart.place.clientWidth), data, chart.place);
  else chart.plot.setData(data);
  const latest = samples.at(-1);
  for (const name of chart.names) {
    const place = document.querySelector(`[data-latest="${name}"]`);
    const value = latest?.[name];
    if (place !== null && value !== null && value !== undefined)
      place.textContent = shortNumber.format(value);
  }
}

/** Draws the charts and keeps them up to date while the tab is seen. */
export function showCharts(): void {
  const board = document.querySelector<HTMLElement>('[data-charts]');
  if (board === null || uPlot === undefined) return;
  const Plot = uPlot;
  const charts = [...board.querySelectorAll<HTMLElement>('[data-chart]')].flatMap((element): Chart[] => {
    const place = element.querySelector<HTMLElement>('.plot');
    return place === null ? [] : [{ names: (element.dataset['chart'] ?? '').split(' '), place, plot: null }];
  });
  let samples: readonly Sample[] = [];
  const drawAll = () => charts.forEach((chart) => draw(chart, Plot, samples));
  const refresh = async () => {
    if (document.hidden) return;
    const answer = await fetch(board.dataset['charts'] ?? '');
    if (!answer.ok || !(answer.headers.get('content-type') ?? '').includes('json')) return;
    samples = (await answer.json()) as readonly Sample[];
    drawAll();
  };
  const quietly = () => void refresh().catch(() => undefined);
  const anew = () => {
    for (const chart of charts) {
      chart.plot?.destroy();
      chart.plot = null;
    }
    drawAll();
  };
  window.addEventListener('resize', anew);
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', anew);
  document.addEventListener('visibilitychange', quietly);
  window.setInterval(quietly, refreshMs);
  quietly();
}
