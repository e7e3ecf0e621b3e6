import type { EventView, RecordView } from '../../views.ts';
import { Pairs } from '../components/content.tsx';
import { Outcome } from '../components/state.tsx';
import { Time } from '../components/time.tsx';
import { visible } from '../visible.ts';
import { durationText } from '../words.ts';
import { compareLines, type ComparedLine } from './compare.ts';
import { viewContent } from './content.ts';

type AttemptView = NonNullable<EventView['attempt']>;

const comparedLengthMax = 16_000;

/** The answer that ended the first run, and that which ended the last replay; null where there are not both. */
export function answersToCompare(record: RecordView): readonly [AttemptView, AttemptView] | null {
  const attempts = record.events.flatMap(({ attempt }) => (attempt === undefined ? [] : [attempt]));
  const first = attempts.findLast(({ replay }) => replay === 0);
  const last = attempts.findLast(({ replay }) => replay > 0);
  return first === undefined || last === undefined ? null : [first, last];
}

function bodyText({ body, headers = [] }: AttemptView): string | null {
  if (body === undefined) return null;
  const { content } = viewContent(Buffer.from(body, 'base64'), headers, comparedLengthMax);
  switch (content.kind) {
    case 'empty':
      return '';
    case 'binary':
      return null;
    case 'form':
      return content.fields.map(([name, value]) => `${name} = ${value}`).join('\n');
    case 'json':
    case 'text':
      return content.text;
  }
}

function Side(props: {
  readonly title: string;
  readonly id: string;
  readonly attempt: AttemptView;
  readonly other: AttemptView;
  readonly lines: readonly ComparedLine[] | null;
}) {
  const { title, id, attempt, other, lines } = props;
  return (
    <section aria-labelledby={id}>
      <div class="side-head">
        <h3 id={id}>{title}</h3>
        <Outcome status={attempt.status ?? null} failure={attempt.failure ?? null} />
        <span class="muted">
          attempt {String(attempt.number)}, {durationText(attempt.durationMs)},{' '}
          <Time iso={attempt.startedAt} />
        </span>
      </div>
      {attempt.headers === undefined ? null : (
        <div class="boxed">
          <Pairs pairs={attempt.headers} besides={other.headers ?? []} label={`${title}: headers`} />
        </div>
      )}
      {lines === null ? null : (
        <pre class="block hostile" tabindex={0} role="region" aria-label={`${title}: body`}>
          {lines.map(({ text, isChanged }) => (
            <code class={isChanged ? 'line line-changed' : 'line'}>{visible(text)}</code>
          ))}
        </pre>
      )}
    </section>
  );
}

function verdict(first: AttemptView, last: AttemptView, isSameBody: boolean | null): string {
  const named = (attempt: AttemptView) => attempt.failure ?? String(attempt.status ?? '');
  const status =
    named(first) === named(last)
      ? `Both ended with ${named(first)}`
      : `It was ${named(first)}, and is ${named(last)} now`;
  if (isSameBody === null) return `${status}.`;
  return `${status}; the body is ${isSameBody ? 'the same' : 'another'}.`;
}

/** The first answer beside the replay's, with the headers and lines marked that only one of them has. */
export function Answers({ record }: { readonly record: RecordView }) {
  const both = answersToCompare(record);
  if (both === null) return null;
  const [first, last] = both;
  const texts = [bodyText(first), bodyText(last)] as const;
  const lines = texts[0] === null || texts[1] === null ? null : compareLines(texts[0], texts[1]);
  return (
    <section class="panel" aria-labelledby="answers">
      <header>
        <h2 id="answers">First answer beside the replay's</h2>
        <span class="muted">{verdict(first, last, lines === null ? null : texts[0] === texts[1])}</span>
      </header>
      <div class="inner">
        <div class="pair">
          <Side title="First" id="answer-first" attempt={first} other={last} lines={lines?.[0] ?? null} />
          <Side
            title={`Replay ${String(last.replay)}`}
            id="answer-replay"
            attempt={last}
            other={first}
            lines={lines?.[1] ?? null}
          />
        </div>
      </div>
    </section>
  );
}
