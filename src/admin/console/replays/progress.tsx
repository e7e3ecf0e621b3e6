import type { ReplayJobView } from '../../replays/replays.ts';
import { Time } from '../components/time.tsx';
import { replayPath } from '../paths.ts';
import { visible } from '../visible.ts';
import { countText, counted, durationText } from '../words.ts';

/** Whether a job still does something. */
export function isUnderWay({ state }: ReplayJobView): boolean {
  return state === 'counting' || state === 'running';
}

const stateClasses: Readonly<Record<ReplayJobView['state'], string>> = {
  counting: 'state-pending',
  running: 'state-pending',
  done: 'state-delivered',
  stopped: 'state-cancelled',
  failed: 'state-dead',
};

/** A job's state in colour and in words. */
export function JobState({ state }: { readonly state: ReplayJobView['state'] }) {
  return <span class={`state ${stateClasses[state]}`}>{state}</span>;
}

/** What is told aloud: whole tenths only, so that a reader of the screen is not talked over. */
function spoken({ state, total, replayed, conflicts, missing }: ReplayJobView): string {
  if (state === 'running' && total !== null && total > 0) {
    return `${String(Math.floor((10 * (replayed + conflicts + missing)) / total) * 10)} percent are replayed.`;
  }
  return state === 'counting' || state === 'running'
    ? 'The replay is under way.'
    : `The replay is ${state}: ${countText(replayed)} replayed.`;
}

/** What is still to come of a job that runs at a pace, in words; empty where that cannot be said. */
function restText({ state, total, replayed, conflicts, missing, ratePerSecond }: ReplayJobView): string {
  if (state !== 'running' || total === null || ratePerSecond === null) return '';
  const left = total - replayed - conflicts - missing;
  return left <= 0 ? '' : `About ${durationText((1000 * left) / ratePerSecond)} to go.`;
}

/** How far a job has come; while it runs, it draws itself anew every second. */
export function JobProgress({ job }: { readonly job: ReplayJobView }) {
  const { id, state, total, replayed, conflicts, missing, startedAt, endedAt, stopped, failure } = job;
  const polling = isUnderWay(job)
    ? { 'hx-get': replayPath(id, '/progress'), 'hx-trigger': 'every 1s', 'hx-swap': 'outerHTML' }
    : {};
  const dealtWith = replayed + conflicts + missing;
  return (
    <div id="progress" class="inner" data-announce={spoken(job)} {...polling}>
      <p>
        <JobState state={state} /> {countText(replayed)} of{' '}
        {total === null ? 'a number not counted yet' : counted(total, 'webhook')} replayed
      </p>
      {total === null ? null : (
        <progress value={dealtWith} max={Math.max(1, total)} aria-label="Progress of the replay">
          {`${String(dealtWith)} of ${String(total)}`}
        </progress>
      )}
      <p class="muted">
        {conflicts === 0 ? null : `${counted(conflicts, 'was', 'were')} left out, being pending already. `}
        {missing === 0 ? null : `${counted(missing, 'was', 'were')} gone. `}
        Begun <Time iso={startedAt} />
        {endedAt === null ? (
          '. '
        ) : (
          <>
            , ended <Time iso={endedAt} />.
          </>
        )}
        {restText(job)}
      </p>
      {stopped === null ? null : (
        <p class="hostile">
          Stopped by {visible(stopped.by)}: {visible(stopped.reason)}
        </p>
      )}
      {failure === null ? null : (
        <p class="notice notice-bad hostile" role="alert">
          {visible(failure)}
        </p>
      )}
    </div>
  );
}
