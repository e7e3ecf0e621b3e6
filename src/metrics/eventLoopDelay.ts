import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A timer's period, in milliseconds. What is measured is how much later than that it fires. */
const resolutionMs = 10;

const quantiles = ['0.5', '0.99', '1'] as const;

/** One quantile of the delay, as a gauge shows it. */
interface DelayReading {
  readonly labels: { readonly quantile: string };
  readonly value: number;
}

/**
 * Reads how late timers fired since the reading before, in seconds; 0 where none fired. Node's histogram holds the whole
 * time between two firings, so the timer's own period is taken off: an idle process reads 0, not 10 ms.
 */
export function eventLoopDelay(): () => DelayReading[] {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return () => {
    const isEmpty = histogram.count === 0;
    const read = quantiles.map((quantile) => {
      const milliseconds = histogram.percentile(Number(quantile) * 100) / 1e6;
      return {
        labels: { quantile },
        value: isEmpty ? 0 : Math.max(0, milliseconds - resolutionMs) / 1000,
      };
    });
    histogram.reset();
    return read;
  };
}
