/** A row of one of step-ca's tables: octets, as step-ca wrote them. */
export interface StepCaRow {
  readonly key: Uint8Array
  /** Empty where step-ca stored nothing or (in SQL) NULL, which it takes for the same. */
  readonly value: Uint8Array
}

/**
 * The database of a step-ca, read only: nothing of it is changed and no lock is left behind.
 *
 * Embedded databases are read as they were when opened, from a folder or file that no server uses; a
 * source whose files change while it is read says so (`store_unavailable`).
 *
 * Each method throws a `StoreError`:
 * - `store_corrupt`: what is stored is damaged; no row is ever left out silently
 * - `store_unavailable`: it cannot be read, or is in use
 * - `store_closed`: the source has been disposed of
 */
export interface StepCaSource extends AsyncDisposable {
  readonly kind: 'badger' | 'bbolt' | 'mysql' | 'postgresql'
  /** Where the rows come from, fit to be shown: no password. */
  readonly description: string
  /** Lower-case hex that changes whenever the rows do: tells whether an earlier import is still complete. */
  stateDigest(): Promise<string>
  /** How many rows {@link rows} yields from the start; 0 for a table that does not exist. */
  countRows(table: string): Promise<number>
  /**
   * The rows of a table, ascending by the octets of their keys, beginning behind `after`: of each key the
   * newest value, deleted ones left out. They are streamed; at no time are more than a few blocks in
   * memory. A table that does not exist has no rows.
   */
  rows(table: string, after?: Uint8Array): AsyncIterable<StepCaRow>
}
