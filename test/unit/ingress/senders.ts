import type { FixedReply } from '../../../src/core/fixedReply.ts';
import type { RouteRule } from '../../../src/ingress/index.ts';
import type { SenderCall, SenderPreset, Verify } from '../../../src/senders/index.ts';

/** What a test says of a sender; the rest is of a sender whose calls are all its own, and who takes `YES` for success. */
export interface FakeSender {
  readonly verify?: Verify;
  readonly handshake?: (call: SenderCall) => FixedReply | null;
  readonly mode?: 'enforce' | 'report';
  readonly isChecked?: boolean;
  readonly acknowledgement?: FixedReply | null;
}

export const yes: FixedReply = { status: 200, contentType: 'text/plain', body: 'YES' };

/** A route's sender, made up. */
export function fakeSender(fake: FakeSender = {}): NonNullable<RouteRule['sender']> {
  const { verify = () => 'verified', handshake, mode = 'enforce', isChecked = true } = fake;
  const { acknowledgement = yes } = fake;
  const preset: SenderPreset = {
    name: 'freekassa',
    title: 'Made up',
    signature: '',
    secret: null,
    settings: { required: [], optional: [] },
    signsUrl: false,
    checksAddress: false,
    unsigned: [],
    answer: { mode: 'wait', acknowledgement, success: 'word', readsBody: false, waitsMs: null },
    retries: { on: '', schedule: null, tooManyRequests: null, windowMs: null },
    eventId: null,
    sources: [],
    unknown: [],
    verifier: () => verify,
    ...(handshake === undefined ? {} : { handshake }),
  };
  return { sender: { preset, verify }, verify: mode, isChecked };
}
