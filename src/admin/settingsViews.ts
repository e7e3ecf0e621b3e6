// The configuration in force, as people see it. Nothing here is a secret, or tells one.

/** A route as it works: what is configured, and what its sender's preset says where it is not. Times in milliseconds. */
export interface RouteView {
  readonly name: string;
  readonly path: string;
  readonly botHost: string;
  readonly sender: string | null;
  /** What becomes of calls that fail the sender's check; null: the route names no sender. */
  readonly verify: 'enforce' | 'report' | null;
  /** How many secrets there are to check calls with. */
  readonly secrets: number;
  readonly answer: {
    readonly mode: 'wait' | 'ack';
    readonly for: number;
    /** `fixed`: a reply of the configuration's own. */
    readonly whenQueued: 'accept' | 'unavailable' | 'acknowledge' | 'fixed';
  };
  /** How copies are known; null: they are not looked for. */
  readonly dedupe: {
    readonly key: readonly string[];
    readonly window: number;
    readonly whenDelivered: 'answer' | 'deliver';
  } | null;
  /** The bot host is called at a path of its own, which is secret. */
  readonly hasSecretTarget: boolean;
  readonly link: 'none' | 'hookward' | 'bots-business' | 'any';
  readonly rateLimit: { readonly requests: number; readonly per: number; readonly burst: number } | null;
  readonly whitelist: { readonly mode: string; readonly addresses: readonly string[] } | null;
}

/** What is known of a sender. Times in milliseconds. */
export interface SenderView {
  readonly name: string;
  readonly title: string;
  /** How it signs, in a line. */
  readonly signature: string;
  /** What stands in a route's `secrets`; null: nothing. */
  readonly secret: string | null;
  readonly answer: {
    readonly mode: 'wait' | 'ack';
    readonly waits: number | null;
    /** The status and body that it takes for success; null: our sources do not say. */
    readonly acknowledgement: {
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
    } | null;
  };
  readonly retries: { readonly on: string; readonly schedule: string | null };
  /** Where the event's id stands, as in `dedupe.key`; null: not known. */
  readonly eventId: readonly string[] | null;
  /** Published addresses that are known here, and the day on which they were true; null: none. */
  readonly addresses: { readonly count: number; readonly date: string; readonly source: string } | null;
  readonly notes: readonly string[];
  readonly sources: readonly string[];
  /** Names of the routes that name it. */
  readonly routes: readonly string[];
}

/** Who ran into a rate limit lately. */
export interface LimitHit {
  /** What ran over: one caller, or all callers of a route together. */
  readonly limit: 'address' | 'route';
  /** The address (an IPv6 one as its /64), or the route's name. */
  readonly name: string;
  /** Calls refused since it was first seen here. */
  readonly hits: number;
  /** ISO 8601. */
  readonly lastAt: string;
}

/** What a webhook URL says, and whether it would be taken now. */
export interface LinkCheck {
  /** The route that its path leads to; null: none. */
  readonly route: string | null;
  /** Whether a call of it would pass: there is a route, and the token that the route asks for is right. */
  readonly isTaken: boolean;
  /** Why it would not be taken, as the code of a refusal; null: it would. */
  readonly refusal: string | null;
  /** What the link says; null: it carries no token. */
  readonly link: {
    readonly scheme: 'hookward' | 'bots-business';
    readonly keyId: string | null;
    /** By which it can be revoked. */
    readonly linkId: string | null;
    readonly bot: string | null;
    readonly command: string;
    readonly user: string | null;
    readonly content: string | null;
    readonly redirectTo: string | null;
    /** ISO 8601; null: never. */
    readonly expires: string | null;
    /** Names of the parameters that the token covers. */
    readonly covered: readonly string[];
    /** Names of the link's other parameters: whoever has the link can change these. */
    readonly uncovered: readonly string[];
  } | null;
}
