import type { ContentView } from '../webhook/content.ts';
import { visible } from '../visible.ts';

/** Names and values, as headers or fields. */
export function Pairs(props: {
  readonly pairs: readonly (readonly [string, string])[];
  readonly label: string;
  readonly names?: string;
  /** Pairs to compare with: those that are not among them are marked, but for the date, which always differs. */
  readonly besides?: readonly (readonly [string, string])[];
}) {
  const { besides } = props;
  const isNew = ([name, value]: readonly [string, string]) =>
    besides !== undefined &&
    name.toLowerCase() !== 'date' &&
    !besides.some(([other, its]) => other.toLowerCase() === name.toLowerCase() && its === value);
  if (props.pairs.length === 0) return <p class="muted">None.</p>;
  return (
    <table class="headers">
      <caption class="visually-hidden">{props.label}</caption>
      <colgroup>
        <col class="names" />
        <col />
      </colgroup>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">{props.names ?? 'Name'}</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {props.pairs.map((pair) => (
          <tr class={isNew(pair) ? 'pair-changed' : undefined}>
            <th scope="row" class="hostile">
              {visible(pair[0])}
            </th>
            <td class="hostile">{visible(pair[1])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Text of a stranger, in a box that scrolls and can be reached by the keyboard. */
export function Block(props: {
  readonly text: string;
  readonly label: string;
  readonly id?: string;
  readonly isHex?: boolean;
}) {
  const { text, label, id, isHex } = props;
  return (
    <pre class={isHex === true ? 'block hex' : 'block hostile'} tabindex={0} role="region" aria-label={label}>
      <code id={id}>{visible(text)}</code>
    </pre>
  );
}

/** A body laid out. */
export function LaidOut({ view, label }: { readonly view: ContentView; readonly label: string }) {
  const { content, coding, isStillCoded } = view;
  const notes = [
    coding === null ? '' : `Unpacked from ${coding}.`,
    isStillCoded ? 'Its content coding could not be taken off.' : '',
    'isCut' in content && content.isCut ? 'Cut here; the raw bytes are whole.' : '',
  ].filter((note) => note !== '');
  return (
    <>
      {content.kind === 'empty' ? <p class="muted">Empty.</p> : null}
      {content.kind === 'binary' ? <p class="muted">No text: see the raw bytes.</p> : null}
      {content.kind === 'json' || content.kind === 'text' ? (
        <Block text={content.text} label={label} />
      ) : null}
      {content.kind === 'form' ? (
        <div class="boxed">
          <Pairs pairs={content.fields} label={label} names="Field" />
        </div>
      ) : null}
      {notes.length === 0 ? null : <p class="hint">{notes.join(' ')}</p>}
    </>
  );
}
