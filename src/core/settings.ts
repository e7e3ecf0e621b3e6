/**
 * A value that a reload replaces as a whole. Readers take `current` once per webhook, so that one webhook never sees
 * half of two configurations.
 */
export interface Current<T> {
  readonly current: T;
}
