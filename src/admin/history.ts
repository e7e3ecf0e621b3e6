/** One point of the overview's charts: counts within the interval that ends at `at`, and readings at its end. */
export interface HistorySample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly received: number;
  readonly delivered: number;
  readonly dead: number;
  /** Calls that were refused, for any reason. */
  readonly refused: number;
  /** Copies of webhooks, which are not among the received ones. */
  readonly duplicates: number;
  readonly retries: number;
  /** At the end of the interval. */
  readonly pending: number;
  /** By how many seconds the earliest due webhook was late at the end of the interval; 0: none was. */
  readonly pastDueSeconds: number;
  /** What 95 of 100 callers waited at most, within 15 %; null: nobody was answered. */
  readonly waitP95Seconds: number | null;
}

/** The last hour, in memory only: a restart begins anew. */
export interface History {
  /** Oldest first; one every 10 s, at most 360 of them. */
  samples(): readonly HistorySample[];
}
