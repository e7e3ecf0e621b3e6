import { createHash } from 'node:crypto';
import type { Child } from 'hono/jsx';
import type { RecordView } from '../../views.ts';
import { FactTable } from '../components/table.tsx';
import { Time } from '../components/time.tsx';
import { pathTo } from '../paths.ts';
import { visible } from '../visible.ts';
import { counted, utcText, wordsOf } from '../words.ts';

const none = <span class="muted">none</span>;

/** What is known of a webhook beside its request. */
export function Facts({ record }: { readonly record: RecordView }) {
  const { route, bot, user, request, sender, eventId, duplicates } = record;
  const link = (field: string, value: string) => (
    <a class="hostile" href={pathTo('/webhooks', { [field]: value })}>
      {visible(value)}
    </a>
  );
  const verdict =
    sender === null ? (
      none
    ) : (
      <>
        {sender.name}:{' '}
        <b class={sender.verdict === 'verified' ? 'result-yes' : 'result-no'}>{wordsOf(sender.verdict)}</b>
      </>
    );
  return (
    <section class="panel" aria-labelledby="facts">
      <header>
        <h2 id="facts">Facts</h2>
      </header>
      <FactTable
        rows={[
          ['Received', <Time iso={record.receivedAt} precise />],
          ['In UTC', utcText(record.receivedAt, true)],
          ['Route', link('route', route)],
          ['Bot', bot === null ? none : link('bot', bot)],
          ['User', user === null ? none : link('user', user)],
          ['Caller', `${request.ip}, ${request.scheme}`],
          ['Sender', verdict],
          ['Event id', eventId === null ? none : eventId === '***' ? eventId : link('event', eventId)],
          ['Copies', duplicates.length === 0 ? none : counted(duplicates.length, 'more arrival')],
          ['Replays', record.replay === 0 ? none : String(record.replay)],
        ]}
      />
    </section>
  );
}

/** What the bot is told in the signed options, beside the request's own headers and parameters. */
export function OptionsPanel({ record }: { readonly record: RecordView }) {
  const { request, sender, route } = record;
  const body = request.body === undefined ? null : Buffer.from(request.body, 'base64');
  const rows: [string, Child][] = [
    ['url, params, headers', 'as in the request'],
    ['method', request.method],
    ['ip', request.ip],
    ['route', route],
    ['receivedAt', String(Date.parse(record.receivedAt))],
    ['attempt', record.attempts === 0 ? 'none yet' : `${String(record.attempts)} (the latest)`],
    ['replay', String(record.replay)],
  ];
  if (sender !== null) {
    rows.push(['sender', sender.name], ['verified', String(sender.verdict === 'verified')]);
  }
  if (body !== null) {
    rows.push(['bodySha256', <code>{createHash('sha256').update(body).digest('hex')}</code>]);
  }
  return (
    <section class="panel" aria-labelledby="options">
      <header>
        <h2 id="options">Options</h2>
        <span class="muted">what the bot is told, signed</span>
      </header>
      <FactTable rows={rows} />
    </section>
  );
}
