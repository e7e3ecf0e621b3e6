import type { SummaryView } from '../../views.ts';
import { webhookPath } from '../paths.ts';
import { shortened, visible } from '../visible.ts';
import { counted } from '../words.ts';
import { Outcome, State } from './state.tsx';
import { Time } from './time.tsx';

/** As much of a target as a line of a list shows; the rest is on the webhook's page. */
const targetLengthMax = 200;

/** A line of the list; client/liveList.ts draws it anew. */
export function WebhookRow({
  webhook,
  canReplay,
}: {
  readonly webhook: SummaryView;
  readonly canReplay: boolean;
}) {
  const {
    id,
    route,
    receivedAt,
    method,
    target,
    bot,
    user,
    state,
    reason,
    attempts,
    replay,
    lastStatus,
    lastFailure,
  } = webhook;
  const who = [bot, user].filter((name) => name !== null).join(' / ');
  return (
    <tr data-row data-webhook={id} data-state={state}>
      {canReplay ? (
        <td class="pick">
          <input type="checkbox" name="id" value={id} aria-label={`Select ${id}`} />
        </td>
      ) : null}
      <td class="when">
        <Time iso={receivedAt} />
      </td>
      <td class="standing">
        <State state={state} reason={reason} />
      </td>
      <td class="fact route" data-label="Route">
        {route}
      </td>
      <td class="target hostile" title={visible(shortened(target, targetLengthMax))}>
        {method} {visible(shortened(target, targetLengthMax))}
      </td>
      <td class={who === '' ? 'fact is-empty' : 'fact hostile'} data-label="Bot, user">
        {who === '' ? '\u2013' : visible(shortened(who, 40))}
      </td>
      <td class="fact answer" data-label="Answer">
        <Outcome status={lastStatus} failure={lastFailure} />{' '}
        {attempts > 1 ? <span class="muted">{counted(attempts, 'try', 'tries')}</span> : null}
        {replay > 0 ? <span class="muted">, replay {String(replay)}</span> : null}
      </td>
      <td class="fact id" data-label="Id">
        <a href={webhookPath(id)} data-open>
          {id}
        </a>
      </td>
    </tr>
  );
}
