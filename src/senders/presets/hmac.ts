import { HookwardError } from '../../core/errors.ts';
import type { RawHeaders } from '../../core/headers.ts';
import type {
  SenderPreset,
  SenderSettingName,
  SenderSettingProblem,
  SenderSettings,
  Verify,
  VerifyParams,
} from '../contract.ts';
import { base64Bytes, base64urlBytes, hexBytes } from '../signature/encoding.ts';
import { soleHeader } from '../signature/header.ts';
import { hmacKeys, isSignedBy } from '../signature/hmac.ts';
import { hasPlace, parseTemplate, signedParts, type Template } from '../signature/template.ts';
import { staleness, unixSeconds } from '../signature/timestamp.ts';
import { unknownAnswer } from '../unknown.ts';

/** The name of a header field (RFC 9110, 5.1). */
const headerNamePattern = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;

const encodings: Readonly<Record<NonNullable<SenderSettings['encoding']>, (text: string) => Buffer | null>> =
  {
    // There are senders that write hex in capitals: throughout, or not at all.
    hex: (text) => hexBytes(text === text.toUpperCase() ? text.toLowerCase() : text),
    base64: base64Bytes,
    base64url: base64urlBytes,
  };

const parsedTemplate = ({ signed }: SenderSettings) => parseTemplate(signed ?? '{body}');

/** @throws HookwardError `config-invalid` */
function templateOf(settings: SenderSettings): Template {
  const parsed = parsedTemplate(settings);
  if (parsed.ok) return parsed.template;
  throw new HookwardError('config-invalid', { message: `signed ${parsed.problem}` });
}

/** The time of signing in Unix seconds, as written; '' where none is asked for. */
function timeIn(headers: RawHeaders, name: string | undefined): ReturnType<typeof soleHeader> {
  if (name === undefined) return { value: '' };
  const found = soleHeader(headers, name.toLowerCase());
  if ('problem' in found || unixSeconds(found.value) !== null) return found;
  return { problem: 'signature-malformed' };
}

function verifier({ secrets, settings }: VerifyParams): Verify {
  const { header = '', algorithm = 'sha256', prefix = '', timestampHeader, tolerance } = settings;
  const name = header.toLowerCase();
  const decode = encodings[settings.encoding ?? 'hex'];
  const template = templateOf(settings);
  const keys = hmacKeys(secrets);
  return (call) => {
    const found = soleHeader(call.headers, name);
    if ('problem' in found) return found.problem;
    const time = timeIn(call.headers, timestampHeader);
    if ('problem' in time) return time.problem;
    const signature = found.value.startsWith(prefix) ? decode(found.value.slice(prefix.length)) : null;
    if (signature === null) return 'signature-malformed';
    const parts = signedParts(template, call, time.value);
    if (!isSignedBy({ algorithm, keys, parts, signatures: [signature] })) return 'signature-wrong';
    if (tolerance === undefined) return 'verified';
    return staleness(unixSeconds(time.value) ?? 0, call.receivedAt, tolerance) ?? 'verified';
  };
}

function headerProblems({ header, timestampHeader }: SenderSettings): SenderSettingProblem[] {
  const problems: SenderSettingProblem[] = [];
  const complain = (name: SenderSettingName, message: string) =>
    problems.push({ at: ['senderSettings', name], message });
  if (header !== undefined && !headerNamePattern.test(header))
    complain('header', 'is no name of a header field');
  if (timestampHeader === undefined) return problems;
  if (!headerNamePattern.test(timestampHeader)) complain('timestampHeader', 'is no name of a header field');
  else if (timestampHeader.toLowerCase() === header?.toLowerCase())
    complain('timestampHeader', 'is the header of the signature: the time stands in one of its own');
  return problems;
}

function check({ settings }: Pick<VerifyParams, 'settings'>): readonly SenderSettingProblem[] {
  const { timestampHeader, tolerance } = settings;
  const problems = headerProblems(settings);
  const complain = (name: SenderSettingName, message: string) =>
    problems.push({ at: ['senderSettings', name], message });
  const parsed = parsedTemplate(settings);
  const signsTime = parsed.ok && hasPlace(parsed.template, 'timestamp');
  if (!parsed.ok) complain('signed', parsed.problem);
  else if (timestampHeader !== undefined && !signsTime)
    complain('signed', 'must hold {timestamp}: a time that is not signed proves nothing');
  if (signsTime && timestampHeader === undefined)
    complain('timestampHeader', 'is needed: `signed` holds {timestamp}');
  if (tolerance !== undefined && timestampHeader === undefined)
    complain('tolerance', 'needs `timestampHeader`, and {timestamp} in `signed`');
  if (tolerance !== undefined && !(tolerance > 0)) complain('tolerance', 'must be longer than nothing');
  return problems;
}

export const hmac: SenderPreset = {
  name: 'hmac',
  title: 'HMAC, as described',
  signature:
    'HMAC of what `signed` says (else `{body}`), in `header` behind `prefix`, by `algorithm` (else sha256), in `encoding` (else hex)',
  secret: 'the key, taken as UTF-8 text',
  settings: {
    required: ['header'],
    optional: ['algorithm', 'encoding', 'prefix', 'signed', 'timestampHeader', 'tolerance'],
  },
  signsUrl: false,
  checksAddress: false,
  unsigned: ['method', 'path', 'query', 'headers'],
  answer: unknownAnswer,
  retries: { on: 'unknown', schedule: null, tooManyRequests: null, windowMs: null },
  eventId: null,
  sources: [],
  unknown: ['all that is not configured: what acknowledges a call, how long it waits, when it sends again'],
  notes: [
    'What `signed` names is signed, nothing else. Where it holds `{url}`, `publicUrl` is needed.',
    'Put text between two places: where `{timestamp}{body}` is signed, digits could move from one to the other.',
  ],
  readsUrl(settings) {
    const parsed = parsedTemplate(settings);
    return parsed.ok && hasPlace(parsed.template, 'url');
  },
  check,
  verifier,
};
