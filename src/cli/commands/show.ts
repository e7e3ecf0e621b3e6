import { isUtf8 } from 'node:buffer';
import type { CommandModule } from 'yargs';
import type { EventView, RecordView } from '../../admin/index.ts';
import { openTarget } from '../client/open.ts';
import type { CliContext, CommonArguments } from '../context.ts';
import { printable } from '../terminal/terminal.ts';

type ShowArguments = CommonArguments & { readonly id: string; readonly body: boolean };

/** Bytes as text where they are text, as a hex beginning where they are not; line breaks kept. */
function bytesAsText(base64: string | undefined): string {
  if (base64 === undefined) return '(not shown to this role)';
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length === 0) return '(empty)';
  if (!isUtf8(bytes))
    return `(${String(bytes.length)} bytes, not UTF-8) ${bytes.subarray(0, 64).toString('hex')}…`;
  return bytes
    .toString('utf8')
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}

const indented = (text: string) => text.replace(/^/gm, '    ');

function attemptLines(event: EventView, withBody: boolean): string[] {
  const { attempt } = event;
  if (attempt === undefined) return [];
  const ending =
    attempt.status === undefined
      ? `no answer: ${attempt.failure ?? ''} (${printable(attempt.detail ?? '')})`
      : `answered ${String(attempt.status)}${attempt.complete === false ? ', broken off' : ''}`;
  const replay = attempt.replay > 0 ? `, replay ${String(attempt.replay)}` : '';
  const lines = [
    `  ${attempt.startedAt}  attempt ${String(attempt.number)}${replay}: ${ending} after ${String(Math.round(attempt.durationMs))} ms`,
  ];
  if (attempt.headers !== undefined) {
    lines.push(...attempt.headers.map(([name, value]) => `    ${printable(name)}: ${printable(value)}`));
  }
  if (withBody && attempt.status !== undefined) lines.push(indented(bytesAsText(attempt.body)));
  return lines;
}

function standingText(view: {
  readonly state: string;
  readonly reason?: string | undefined;
  readonly dueAt?: string | undefined;
}) {
  if (view.reason !== undefined) return `${view.state} (${view.reason})`;
  return view.dueAt === undefined ? view.state : `${view.state}, due ${view.dueAt}`;
}

function eventLines(event: EventView, withBody: boolean): string[] {
  const then = standingText(event);
  switch (event.type) {
    case 'attempted':
      return [...attemptLines(event, withBody), `    -> ${then}`];
    case 'deferred':
      return [`  ${event.at}  put off (${event.why ?? ''}) -> ${then}`];
    case 'replayed':
      return [
        `  ${event.at}  replay ${String(event.replay)} asked for by ${printable(event.by ?? '')}: ${printable(event.note ?? '')}`,
      ];
    case 'cancelled':
      return [`  ${event.at}  cancelled by ${printable(event.by ?? '')}: ${printable(event.note ?? '')}`];
    default:
      return [`  ${event.at}  ${event.type} -> ${then}`];
  }
}

/** Who sent it, and by what copies of it are known; empty where the route has neither. */
function senderLines({ sender, dedupeKey }: RecordView): string[] {
  const by = sender === null ? [] : [`sender ${sender.name}, ${sender.verdict}`];
  const event = dedupeKey === null ? [] : [`event ${printable(dedupeKey)}`];
  return by.length + event.length === 0 ? [] : [[...by, ...event].join(', ')];
}

/** Events and copies in the order in which they happened; what took time stands at its end. */
function storyLines({ events, duplicates }: RecordView, withBody: boolean): string[] {
  const moments = [
    ...events.map((event) => ({ at: event.at, lines: eventLines(event, withBody) })),
    ...duplicates.map(({ at, ip }) => ({ at, lines: [`  ${at}  sent again, from ${ip}`] })),
  ];
  return moments
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .flatMap(({ lines }) => lines);
}

/** The story of one webhook as text. */
export function storyOf(record: RecordView, withBody: boolean): string {
  const { request } = record;
  return [
    `${record.id}  ${standingText(record)}${record.inFlight ? ', in flight' : ''}`,
    `route ${record.route}, received ${record.receivedAt} from ${request.ip} by ${request.scheme}`,
    `bot ${record.bot ?? '-'}, user ${record.user ?? '-'}, ${String(record.attempts)} attempt(s), ${String(record.replay)} replay(s)`,
    ...senderLines(record),
    '',
    `${request.method} ${printable(request.target)}`,
    ...request.headers.map(([name, value]) => `${printable(name)}: ${printable(value)}`),
    '',
    withBody ? bytesAsText(request.body) : `(${String(request.bodyBytes)} bytes of body)`,
    '',
    'story:',
    `  ${record.receivedAt}  arrived`,
    ...storyLines(record, withBody),
  ].join('\n');
}

/** `hookward show ID`: request, every attempt, the answers. */
export function showCommand(context: CliContext): CommandModule<CommonArguments, ShowArguments> {
  return {
    command: 'show <id>',
    describe: "Show a webhook's request, attempts and answers",
    builder: (yargs) =>
      yargs
        .positional('id', { type: 'string', demandOption: true, describe: "The webhook's id" })
        .option('body', { boolean: true, default: true, describe: 'Show bodies (--no-body hides them)' }),
    handler: async (given) => {
      const target = await openTarget(context, given);
      try {
        const record = await target.show(given.id);
        context.terminal.print(given.json ? JSON.stringify(record) : storyOf(record, given.body));
      } finally {
        await target.close();
      }
    },
  };
}
