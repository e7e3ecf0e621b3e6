import type { Child } from 'hono/jsx';
import type { EventView, RecordView } from '../../views.ts';
import { LaidOut, Pairs } from '../components/content.tsx';
import { Outcome, State } from '../components/state.tsx';
import { Time } from '../components/time.tsx';
import { webhookPath } from '../paths.ts';
import { visible } from '../visible.ts';
import { bytesText, counted, durationText, sinceText, wordsOf } from '../words.ts';
import { viewContent } from './content.ts';

type AttemptView = NonNullable<EventView['attempt']>;

/** As much of an answer as the timeline shows. */
const answerLengthMax = 4_000;

/** Something that happened, in the order of its time. */
interface Happening {
  readonly at: string;
  readonly kind: 'good' | 'bad' | 'wait' | 'plain';
  readonly what: Child;
}

function AnswerDetails({ id, attempt }: { readonly id: string; readonly attempt: AttemptView }) {
  const { headers = [], body, bodyTruncated, complete, number } = attempt;
  const bytes = body === undefined ? null : Buffer.from(body, 'base64');
  return (
    <details>
      <summary>
        Answer: {counted(headers.length, 'header')}
        {bytes === null
          ? ''
          : `, ${bytesText(bytes.length)} of body${bodyTruncated === true ? ' kept of a longer one' : ''}`}
      </summary>
      <div>
        <div class="boxed">
          <Pairs pairs={headers} label={`Headers of the answer to attempt ${String(number)}`} />
        </div>
        {complete === false ? <p class="hint">The connection broke before the answer's end.</p> : null}
        {bytes === null ? <p class="muted">The body is hidden from viewers.</p> : null}
        {bytes === null ? null : (
          <LaidOut
            view={viewContent(bytes, headers, answerLengthMax)}
            label={`Body of the answer to attempt ${String(number)}`}
          />
        )}
        {bytes === null || bytes.length === 0 ? null : (
          <a href={webhookPath(id, `/attempts/${String(number)}/body`)} download>
            Download what was kept of it
          </a>
        )}
      </div>
    </details>
  );
}

function AttemptStory({
  id,
  attempt,
  event,
}: {
  readonly id: string;
  readonly attempt: AttemptView;
  readonly event: EventView;
}) {
  const { number, replay, status, failure, detail, durationMs } = attempt;
  return (
    <>
      <span>
        Attempt {String(number)}
        {replay > 0 ? ` (replay ${String(replay)})` : ''}:{' '}
        <Outcome status={status ?? null} failure={failure ?? null} /> after {durationText(durationMs)}
      </span>
      {detail === undefined ? null : <span class="muted hostile">{visible(detail)}</span>}
      {status === undefined ? null : <AnswerDetails id={id} attempt={attempt} />}
      {event.dueAt === undefined ? null : (
        <span class="muted">
          Next try due <Time iso={event.dueAt} />
        </span>
      )}
    </>
  );
}

function attemptKind({ state }: EventView): Happening['kind'] {
  return state === 'delivered' ? 'good' : state === 'dead' ? 'bad' : 'wait';
}

function eventHappening(id: string, event: EventView): Happening {
  const by = <span class="hostile">{visible(event.by ?? '')}</span>;
  const note = <span class="hostile">{visible(event.note ?? '')}</span>;
  if (event.attempt !== undefined) {
    return {
      at: event.at,
      kind: attemptKind(event),
      what: <AttemptStory id={id} attempt={event.attempt} event={event} />,
    };
  }
  switch (event.type) {
    case 'deferred':
      return {
        at: event.at,
        kind: 'wait',
        what: (
          <span>
            Put off without a try: {wordsOf(event.why ?? '')}
            {event.dueAt === undefined ? null : (
              <>
                ; due <Time iso={event.dueAt} />
              </>
            )}
          </span>
        ),
      };
    case 'replayed':
      return {
        at: event.at,
        kind: 'plain',
        what: (
          <span>
            Replay {String(event.replay ?? 0)}, asked for by {by}: {note}
          </span>
        ),
      };
    case 'cancelled':
      return {
        at: event.at,
        kind: 'plain',
        what: (
          <span>
            Cancelled by {by}: {note}
          </span>
        ),
      };
    default:
      return {
        at: event.at,
        kind: 'bad',
        what: <span>{event.type === 'expired' ? 'Given up: too old.' : event.type}</span>,
      };
  }
}

function happenings(record: RecordView): readonly Happening[] {
  const { request, duplicates, events, id } = record;
  const arrival: Happening = {
    at: record.receivedAt,
    kind: 'plain',
    what: (
      <span>
        Arrived from {request.ip} and was written down
        {record.sender === null ? '' : `; sender ${record.sender.name}: ${wordsOf(record.sender.verdict)}`}
      </span>
    ),
  };
  const copies = duplicates.map(({ at, ip }): Happening => ({
    at,
    kind: 'plain',
    what: <span>A copy of the event came from {ip}</span>,
  }));
  const rest = [...copies, ...events.map((event) => eventHappening(id, event))];
  return [arrival, ...rest.sort((one, other) => Date.parse(one.at) - Date.parse(other.at))];
}

/** All that happened to a webhook, from its arrival to now. */
export function Timeline({ record }: { readonly record: RecordView }) {
  const { state, reason, dueAt, inFlight, receivedAt } = record;
  return (
    <section class="panel" aria-labelledby="timeline">
      <header>
        <h2 id="timeline">Timeline</h2>
        <span class="muted">{counted(record.attempts, 'attempt')}</span>
      </header>
      <ol class="timeline">
        {happenings(record).map(({ at, kind, what }) => (
          <li class={`at-${kind}`}>
            <span class="when">
              <Time iso={at} precise /> {at === receivedAt ? null : <span>{sinceText(receivedAt, at)}</span>}
            </span>
            <div class="what">{what}</div>
          </li>
        ))}
        <li class={state === 'delivered' ? 'at-good' : state === 'dead' ? 'at-bad' : 'at-wait'}>
          <span class="when">Now</span>
          <div class="what">
            <span>
              <State state={state} reason={reason} />
              {inFlight ? ' An attempt is under way.' : null}
              {dueAt === undefined || inFlight ? null : (
                <>
                  {' '}
                  due <Time iso={dueAt} />
                </>
              )}
            </span>
          </div>
        </li>
      </ol>
    </section>
  );
}
