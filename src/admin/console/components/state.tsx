import type { WebhookState } from '../../../core/state.ts';

/** A state in colour and in words. */
export function State({
  state,
  reason,
}: {
  readonly state: WebhookState;
  readonly reason?: string | undefined;
}) {
  return (
    <span class={`state state-${state}`}>
      {state}
      {reason === undefined ? '' : `: ${reason}`}
    </span>
  );
}

/** How an attempt ended: a status, coloured by its class, or why there is none. */
export function Outcome({
  status,
  failure,
}: {
  readonly status: number | null;
  readonly failure: string | null;
}) {
  if (failure !== null) return <span class="outcome outcome-failed">{failure.replaceAll('-', ' ')}</span>;
  if (status === null) return <span class="muted">none</span>;
  const kind = status < 300 ? 'success' : status < 400 ? 'redirect' : 'failed';
  return <span class={`outcome outcome-${kind}`}>{String(status)}</span>;
}
