// The page of all senders (`config/senders.md`): a table to choose by, and all that is known of each.
import { senderNames, type SenderName } from '../core/senders.ts';
import { exampleRoute } from './exampleRoute.ts';
import type {
  SenderAddressBook,
  SenderAddresses,
  SenderAnswer,
  SenderPreset,
  SenderRetries,
  SenderSettingName,
  UnsignedPart,
} from './contract.ts';

type Presets = Readonly<Record<SenderName, SenderPreset>>;

const units: readonly (readonly [ms: number, name: string])[] = [
  [86_400_000, 'days'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
];

/** A length of time in the largest unit that leaves no rest; a day alone is 24 h. */
function lengthText(ms: number): string {
  const [size, name] = units.find(([unit]) => ms % unit === 0 && ms > unit) ?? [1_000, 's'];
  return `${ms / size} ${name}`;
}

const code = (text: string) => `\`${text}\``;

const cell = (text: string) => text.replaceAll('|', '\\|');

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function acknowledgementText({ acknowledgement }: SenderAnswer): string {
  if (acknowledgement === null) return 'not known';
  const { status, body } = acknowledgement;
  return body === '' ? `${status}, empty` : `${status} ${code(body)}`;
}

function typeText({ acknowledgement }: SenderAnswer): string {
  return acknowledgement === null || acknowledgement.body === ''
    ? ''
    : ` as ${code(acknowledgement.contentType)}`;
}

function successText({ success, acknowledgement }: SenderAnswer): string {
  if (success === 'any-2xx') return acknowledgement === null ? 'any 2xx, as far as is known' : 'any 2xx';
  return success === 'word' ? 'the text of the acknowledgement alone' : success.join(' or ');
}

function limitText({ tooManyRequests }: SenderRetries): string {
  switch (tooManyRequests) {
    case 'retried':
      return 'sends again';
    case 'taken-for-delivered':
      return 'takes it for delivered: 503 is answered instead';
    case 'not-retried':
      return 'does not send again';
    case null:
      return 'not known';
  }
}

function eventIdText({ eventId }: SenderPreset): string {
  return eventId === null ? 'not known' : eventId.map(code).join(' + ');
}

function waitText({ waitsMs }: SenderAnswer): string {
  return waitsMs === null ? 'not known' : lengthText(waitsMs);
}

const unsignedTexts: Readonly<Record<UnsignedPart, string>> = {
  method: 'the method',
  path: 'the path',
  query: 'the query',
  'query-fields': 'some fields of the query',
  headers: 'the other headers',
  body: 'the body',
  'body-spelling': 'how the body is written (spaces, order, escapes), as long as it says the same',
  'body-fields': 'some fields of the body',
};

function unsignedText({ unsigned }: SenderPreset): string {
  return unsigned.length === 0 ? 'nothing' : unsigned.map((part) => unsignedTexts[part]).join(', ');
}

function overviewRow(preset: SenderPreset, date: string): string {
  const { name, signature, answer, retries } = preset;
  const cells = [
    `[${code(name)}](#${name})`,
    signature,
    acknowledgementText(answer),
    waitText(answer),
    eventIdText(preset),
    limitText(retries),
    date,
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

function overview(presets: Presets, addresses: SenderAddressBook): string[] {
  return [
    '| `sender` | signature | acknowledged by | waits | id of an event | on 429 | addresses of |',
    '|---|---|---|---|---|---|---|',
    ...senderNames.map((name) => overviewRow(presets[name], addresses[name]?.date ?? '-')),
  ];
}

function settingLines({ settings }: SenderPreset): string[] {
  const listed = (names: readonly SenderSettingName[]) => names.map(code).join(', ');
  return [
    ...(settings.required.length === 0 ? [] : [`- **Needed settings**: ${listed(settings.required)}`]),
    ...(settings.optional.length === 0 ? [] : [`- **Further settings**: ${listed(settings.optional)}`]),
  ];
}

function addressLines(known: SenderAddresses | undefined): string[] {
  if (known === undefined) return ['- **Addresses**: none known'];
  const { addresses, date, source, note } = known;
  const more = note === undefined ? '' : ` ${note}`;
  return [`- **Addresses** (${date}, ${source}): ${addresses.map(code).join(', ')}.${more}`];
}

function listLines(heading: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`- **${heading}**:`, ...items.map((item) => `  - ${item}`)];
}

function needsText({ signsUrl, checksAddress }: SenderPreset): string[] {
  return [
    ...(signsUrl ? ['- **Needs `publicUrl`**: the URL is part of what is signed.'] : []),
    ...(checksAddress ? ['- **Told by its address alone**: calls from any other are refused.'] : []),
  ];
}

function retryLines({ retries }: SenderPreset): string[] {
  const { on, schedule } = retries;
  return [
    `- **Sends again on**: ${on === 'unknown' ? 'not known' : on}`,
    ...(schedule === null ? [] : [`- **Sends again**: ${schedule}`]),
    `- **On 429**: ${limitText(retries)}`,
  ];
}

function section(preset: SenderPreset, addresses: SenderAddresses | undefined): string[] {
  const { name, title, signature, secret, answer } = preset;
  const reads = answer.readsBody ? '; its body matters, and the answer of the bot is relayed as it is' : '';
  return [
    `## ${name}`,
    '',
    `**${title}**`,
    '',
    `- **Signature**: ${signature}`,
    `- **Secrets**: ${secret ?? 'none'}`,
    ...settingLines(preset),
    ...needsText(preset),
    `- **Not signed**: ${unsignedText(preset)}`,
    `- **Mode**: ${code(answer.mode)}; acknowledged by: ${acknowledgementText(answer)}${typeText(answer)}`,
    `- **Takes for success**: ${successText(answer)}${reads}`,
    `- **Waits**: ${waitText(answer)}`,
    ...retryLines(preset),
    `- **Id of an event**: ${eventIdText(preset)}`,
    ...addressLines(addresses),
    ...listLines('To know', preset.notes ?? []),
    ...listLines('Only third parties say', (preset.secondary ?? []).map(capital)),
    ...listLines('Not known, and left out', preset.unknown.map(capital)),
    ...listLines('Sources', preset.sources),
    '',
    '```yaml',
    exampleRoute(preset, addresses),
    '```',
    '',
  ];
}

/** The page of all senders. */
export function sendersReference(presets: Presets, addresses: SenderAddressBook): string {
  return [
    '<!-- Generated by `npm run generate` from src/senders and config/sender-addresses.json. Do not edit. -->',
    '',
    '# Senders',
    '',
    'A route that names a `sender` verifies its calls, answers them as that sender wants, waits no longer than it does and',
    'knows copies of one event by its id. All of it can be set otherwise on the route. Each fact is from the sources that its',
    'section lists; what only third parties say is marked, and what no source says is left out and named.',
    '',
    ...overview(presets, addresses),
    '',
    'Several `secrets` may stand there at once while one is changed for another: any of them may have signed. Times of signing',
    'are held against the clock on arrival, and never again: a replay does not fail because a signature has grown old.',
    '`sender:NAME` in a whitelist stands for the addresses of a sender; newer ones than these come from the file that',
    '`senderAddresses` names. The examples stand in a configuration that has a bot host.',
    '',
    ...senderNames.flatMap((name) => section(presets[name], addresses[name])),
  ].join('\n');
}
