import type { FixedReply } from '../core/fixedReply.ts';
import type { RawHeaders } from '../core/headers.ts';
import type { SenderName, SenderProblem } from '../core/senders.ts';
import type { WebhookMethod } from '../core/webhook.ts';

/** One call, as far as a sender can have signed it. Nothing in it has been parsed and written again. */
export interface SenderCall {
  readonly method: WebhookMethod;
  /** Path and query as on the wire. */
  readonly target: string;
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
  /** The public URL that was called. */
  readonly url: string;
  /** The client's address in canonical text. */
  readonly ip: string;
  /** Milliseconds since the epoch: what timestamps are held against. */
  readonly receivedAt: number;
}

/** Looks at a call. Never throws, whatever the call holds; takes the same time for every wrong signature. */
export type Verify = (call: SenderCall) => Verified | Promise<Verified>;

export type Verified = 'verified' | SenderProblem;

/** What single presets can be told beside their secrets. Which of them a preset knows, its `settings` says. */
export interface SenderSettings {
  /** PayPal: the id of the webhook, part of what is signed. */
  readonly webhookId?: string | undefined;
  /** CoinPayments IPN, FreeKassa: the merchant that calls must be for. */
  readonly merchant?: string | undefined;
  /** CoinPayments v3: the integration that calls must be for. */
  readonly clientId?: string | undefined;
  /** CCPayment: the application that calls must be for. */
  readonly appId?: string | undefined;
  /** OxaPay: the keys of payouts, where they are not those of payments. */
  readonly payoutKeys?: readonly string[] | undefined;
  /** hmac: the header that the signature stands in. */
  readonly header?: string | undefined;
  readonly algorithm?: 'sha1' | 'sha256' | 'sha512' | undefined;
  readonly encoding?: 'hex' | 'base64' | 'base64url' | undefined;
  /** hmac: what stands before the signature in its header, e.g. `sha256=`. */
  readonly prefix?: string | undefined;
  /** hmac: what is signed: `{body}`, `{timestamp}`, `{url}`, `{method}`, `{target}` and text, e.g. `{timestamp}.{body}`. */
  readonly signed?: string | undefined;
  /** hmac: the header with the time of signing, in Unix seconds. */
  readonly timestampHeader?: string | undefined;
  /** hmac: how far the timestamp may be off, either way, in milliseconds. */
  readonly tolerance?: number | undefined;
}

export type SenderSettingName = keyof SenderSettings;

/** What a preset's check is made from. */
export interface VerifyParams {
  /** Any of them may have signed: an old and a new one overlap. */
  readonly secrets: readonly string[];
  readonly settings: SenderSettings;
  /** The sender's published addresses and CIDR blocks. */
  readonly addresses: readonly string[];
  readonly documents: DocumentSource;
}

/**
 * Fetches a small text over HTTPS, e.g. a certificate; redirects are not followed. The preset has made sure that the URL
 * is one that it may call. Rejects where it cannot be had.
 */
export type DocumentSource = (url: string) => Promise<string>;

/** How a sender's callers are answered. */
export interface SenderAnswer {
  /** What a route does unless its configuration says otherwise: answer at once, or wait for the bot's answer. */
  readonly mode: 'ack' | 'wait';
  /** What the sender takes for success; null: our sources do not say, and an ordinary 200 is answered. */
  readonly acknowledgement: FixedReply | null;
  /**
   * Which answers the sender takes for success: by their status alone, or only by the acknowledgement's own body
   * (`word`). In mode `wait` a bot's success that is none for the sender is answered by the acknowledgement.
   */
  readonly success: 'any-2xx' | readonly number[] | 'word';
  /** The sender does something with the answer's body: the bot's answer is relayed as it is. */
  readonly readsBody: boolean;
  /** How long the sender waits, in milliseconds; null: our sources do not say. */
  readonly waitsMs: number | null;
}

/** How a sender comes again, for the documentation and for the answers that must not be given. */
export interface SenderRetries {
  /** On what it sends again, in words, e.g. `any answer but 2xx`; `unknown`: our sources do not say. */
  readonly on: string;
  /** How often and when, in words; null: our sources do not say. */
  readonly schedule: string | null;
  /**
   * Whether 429 makes it send again, or passes for a delivery, or is a failure after which nothing comes; null: our
   * sources do not say.
   */
  readonly tooManyRequests: 'retried' | 'taken-for-delivered' | 'not-retried' | null;
  /** How long after the first call the last one may come, in milliseconds: copies must be known for so long. */
  readonly windowMs: number | null;
}

/**
 * A part of a request that the sender does not sign: changing it goes unnoticed. `body-spelling`: how the body is written
 * (spaces, order of keys, escapes), not what it says. `body-fields`: fields of the body that are not signed.
 */
export type UnsignedPart =
  'method' | 'path' | 'query' | 'query-fields' | 'headers' | 'body' | 'body-spelling' | 'body-fields';

/** All that Hookward knows of one sender. */
export interface SenderPreset {
  readonly name: SenderName;
  /** As the sender writes its own name. */
  readonly title: string;
  /** How it signs, in a line. */
  readonly signature: string;
  /** What stands in a route's `secrets`; null: it signs with nothing that could stand there. */
  readonly secret: string | null;
  readonly settings: {
    readonly required: readonly SenderSettingName[];
    readonly optional: readonly SenderSettingName[];
  };
  /** The public URL is part of what it signs: the configuration must know it. */
  readonly signsUrl: boolean;
  /** Its calls are told by their address alone. */
  readonly checksAddress: boolean;
  readonly unsigned: readonly UnsignedPart[];
  readonly answer: SenderAnswer;
  readonly retries: SenderRetries;
  /** Where the event's id stands, as in `dedupe.key`; null: nowhere, or our sources do not say. */
  readonly eventId: readonly string[] | null;
  /** Where its facts are from. */
  readonly sources: readonly string[];
  /** Which of these facts only third parties state. */
  readonly secondary?: readonly string[];
  /** What our sources do not say, so that the preset leaves it out. */
  readonly unknown: readonly string[];
  /** What whoever configures a route for it should know, a sentence each. */
  readonly notes?: readonly string[];

  /** Whether it signs the public URL under these settings; left out: as `signsUrl` says. */
  readsUrl?(settings: SenderSettings): boolean;
  /** What is wrong with its secrets or settings beyond their being there; e.g. a key of the wrong form. */
  check?(params: Pick<VerifyParams, 'secrets' | 'settings'>): readonly SenderSettingProblem[];
  /** Makes the check. `check` has found nothing wrong. */
  verifier(params: VerifyParams): Verify;
  /**
   * The answer to a call that is no event but a question about this very address (a challenge, a ping), which must be
   * answered at once; null for every other. Asked only of calls that are verified.
   */
  handshake?(call: SenderCall): FixedReply | null;
}

/** Something wrong with a sender's configuration. Repeats no value. */
export interface SenderSettingProblem {
  /** `secrets`, a number behind it for one of them; or the name of a setting. */
  readonly at:
    readonly ['secrets', number?] | readonly ['senderSettings', SenderSettingName?] | readonly ['sender'];
  readonly message: string;
}

/** A preset made ready for one route. */
export interface Sender {
  readonly preset: SenderPreset;
  readonly verify: Verify;
}

/** A sender's published addresses. */
export interface SenderAddresses {
  /** Addresses and CIDR blocks in canonical text. */
  readonly addresses: readonly string[];
  /** The day on which they were true, `YYYY-MM-DD`. */
  readonly date: string;
  /** Where they were read. */
  readonly source: string;
  /** What to know about the list. */
  readonly note?: string;
}

/** How one sender's addresses differ between two books. */
export interface SenderAddressChange {
  readonly sender: SenderName;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Null: the book does not know the sender. */
  readonly dateBefore: string | null;
  readonly dateAfter: string | null;
}

/** Published addresses by sender; those of a sender that publishes none are not there. */
export type SenderAddressBook = Readonly<Partial<Record<SenderName, SenderAddresses>>>;
