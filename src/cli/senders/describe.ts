// What is known of a sender, as text for a terminal.
import type { FixedReply } from '../../core/fixedReply.ts';
import {
  exampleRoute,
  type SenderAddresses,
  type SenderAnswer,
  type SenderPreset,
  type SenderRetries,
} from '../../senders/index.ts';
import type { Column } from '../terminal/table.ts';

export const columns: readonly Column[] = [
  { title: 'NAME' },
  { title: 'SIGNS', widthMax: 26 },
  { title: 'ACKNOWLEDGED BY', widthMax: 16 },
  { title: 'ANSWERS' },
  { title: 'WAITS' },
  { title: 'EVENT ID', widthMax: 36 },
  { title: 'ON 429' },
  { title: 'ADDRESSES' },
];

const unknown = '?';

function replyText(reply: FixedReply | null): string {
  if (reply === null) return unknown;
  return reply.body === '' ? `${reply.status} (empty)` : `${reply.status} ${reply.body}`;
}

function waitText({ waitsMs }: SenderAnswer): string {
  return waitsMs === null ? unknown : `${waitsMs / 1000} s`;
}

function limitText({ tooManyRequests }: SenderRetries): string {
  switch (tooManyRequests) {
    case 'retried':
      return 'sends again';
    case 'taken-for-delivered':
      return 'is content';
    case 'not-retried':
      return 'gives up';
    case null:
      return unknown;
  }
}

function successText({ success }: SenderAnswer): string {
  if (success === 'any-2xx') return 'any 2xx';
  return success === 'word' ? 'the acknowledgement, word for word' : success.join(' or ');
}

const eventIdText = ({ eventId }: SenderPreset) => eventId?.join(' + ') ?? unknown;

/** A sender's row of the table. */
export function senderRow(preset: SenderPreset, known: SenderAddresses | undefined): string[] {
  return [
    preset.name,
    preset.signature,
    replyText(preset.answer.acknowledgement),
    preset.answer.mode,
    waitText(preset.answer),
    eventIdText(preset),
    limitText(preset.retries),
    known === undefined ? '-' : `${known.addresses.length} (${known.date})`,
  ];
}

type Fact = readonly [label: string, lines: readonly string[]];

/** Hanging indent of the facts, one more than the longest label. */
const labelWidth = 16;

function settingTexts({ settings: { required, optional } }: SenderPreset): string[] {
  return [...required.map((name) => `${name} (needed)`), ...optional];
}

function answerFacts({ answer }: SenderPreset): Fact[] {
  const { mode, acknowledgement, readsBody } = answer;
  const how = mode === 'ack' ? 'at once, with the acknowledgement' : "with the bot's own answer";
  return [
    ['answered', [`${how} (${mode})`]],
    [
      'acknowledged by',
      [`${replyText(acknowledgement)}${acknowledgement === null ? '' : `, ${acknowledgement.contentType}`}`],
    ],
    ['success', [`${successText(answer)}${readsBody ? '; it uses the body of the answer' : ''}`]],
    ['waits', [waitText(answer)]],
  ];
}

function retryText({ on, schedule }: SenderRetries): string {
  return schedule === null ? on : `${on}; ${schedule}`;
}

function addressFact(known: SenderAddresses | undefined): Fact {
  if (known === undefined) return ['addresses', ['none published that are known here']];
  const { addresses, date, source, note } = known;
  return ['addresses', [`${date}, ${source}`, ...(note === undefined ? [] : [note]), ...addresses]];
}

function factsOf(preset: SenderPreset, known: SenderAddresses | undefined): Fact[] {
  return [
    ['signs', [preset.signature]],
    ['secrets', [preset.secret ?? 'none']],
    ['senderSettings', settingTexts(preset)],
    ['publicUrl', preset.signsUrl ? ['needed: it is part of what is signed'] : []],
    ['not signed', [preset.unsigned.length === 0 ? 'nothing' : preset.unsigned.join(', ')]],
    ...answerFacts(preset),
    ['sends again', [retryText(preset.retries)]],
    ['on 429', [limitText(preset.retries)]],
    ['event id', [eventIdText(preset)]],
    addressFact(known),
    ['to know', preset.notes ?? []],
    ['others say', preset.secondary ?? []],
    ['not known', preset.unknown],
    ['sources', preset.sources],
  ];
}

function factLines([label, lines]: Fact): string[] {
  return lines.map((line, at) => `${(at === 0 ? label : '').padEnd(labelWidth)}${line}`);
}

/** All that is known of a sender, and a route for it. */
export function describeSender(preset: SenderPreset, known: SenderAddresses | undefined): string {
  return [
    `${preset.name}: ${preset.title}`,
    '',
    ...factsOf(preset, known).flatMap(factLines),
    '',
    'A route for it:',
    '',
    exampleRoute(preset, known),
  ].join('\n');
}
