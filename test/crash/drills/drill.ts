/** What came of one run of a drill: what was promised to senders, held against what arrived or is in the log. */
export interface DrillOutcome {
  /** Webhooks that were answered with success, or appends that resolved. */
  readonly promised: number;
  /** Of these, how many neither arrived nor can be found. */
  readonly lost: number;
  /** Arrivals beyond the first of each, all under the same id. */
  readonly repeats: number;
  /** Anything else that is wrong, a sentence each: a torn body, a wrong state, a server that did not come back. */
  readonly faults: readonly string[];
  /** Figures worth reading beside the counts, e.g. how long until it accepted again. */
  readonly notes: readonly string[];
}

/**
 * Does the fault and judges what came of it.
 *
 * @param seed Chooses what is random; printed with the result.
 * @param rounds How often the fault is done; the drill's own number where it is not given.
 */
export type RunDrill = (seed: number, rounds?: number) => Promise<DrillOutcome>;

/** A fault, done to a real server or log under load, and the same without the cure. */
export interface Drill {
  /** As it stands in the table, e.g. `power failure, ext4`. */
  readonly name: string;
  /** What must be on the machine: programs by name, and `root`. Where one is missing the drill fails and says which. */
  readonly needs: readonly string[];
  /** Small enough for every change, without root and Debian packages: part of `npm test` as well. */
  readonly isSmall: boolean;
  /** Run and control may take so long each, in ms; 5 minutes where it is not given. What is not done by then has failed. */
  readonly deadlineMs?: number;
  readonly run: RunDrill;
  /**
   * The same with the cure taken away (an unsynced log, `eatmydata`, no reopen ...): it must lose something or find
   * faults, or the drill proves nothing. `what` says what was taken away.
   */
  readonly control: { readonly what: string; readonly run: RunDrill };
}
