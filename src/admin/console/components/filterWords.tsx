import { visible } from '../visible.ts';
import { filterParts } from '../webhookFilter.ts';
import { Time } from './time.tsx';

/** What a filter asks for, in words and with times that become local; `none` where it asks for nothing. */
export function FilterWords(props: {
  readonly filter: Readonly<Record<string, string>>;
  readonly none: string;
}) {
  const parts = filterParts(props.filter);
  if (parts.length === 0) return <>{props.none}</>;
  return (
    <span class="filter-words">
      {parts.map(({ label, value, isTime }) => (
        <span>
          <span class="muted">{label}</span>{' '}
          {isTime ? (
            <Time iso={new Date(value).toISOString()} />
          ) : (
            <span class="hostile">{visible(value)}</span>
          )}
        </span>
      ))}
    </span>
  );
}
