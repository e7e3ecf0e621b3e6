/** An answer that is the same for every call, or made by Hookward itself, as it is written in a configuration. */
export interface FixedReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}
