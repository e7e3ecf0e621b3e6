/** Where chance comes from. The one real implementation is in `app/system.ts`; tests seed their own. */
export interface Random {
  /** A uniform number in [0, 1). Not for secrets. */
  fraction(): number;
  /** `length` unpredictable bytes, fit for secrets. */
  bytes(length: number): Uint8Array;
}
