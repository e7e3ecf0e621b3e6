/** One entry of the whitelist or of the bans, kept over restarts. */
export interface AccessEntry {
  readonly kind: 'whitelist' | 'ban';
  /** An address or CIDR in canonical text. One entry per kind and address. */
  readonly address: string;
  readonly reason: string;
  readonly by: string;
  readonly createdAt: number;
  /** Milliseconds since the epoch; null: until it is lifted. */
  readonly until: number | null;
  /** How many times in a row this address has been banned automatically; 0 for entries made by hand. */
  readonly strikes: number;
}
