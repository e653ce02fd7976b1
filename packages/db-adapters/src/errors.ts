/** Tells the refusals of a store apart; each is explained at {@link StoreError}. */
export type StoreErrorCode =
  | 'backup_unfit'
  | 'commit_uncertain'
  | 'store_busy'
  | 'store_closed'
  | 'store_corrupt'
  | 'store_full'
  | 'store_not_empty'
  | 'store_read_only'
  | 'store_schema_newer'
  | 'store_unavailable'
  | 'store_unsupported'

/**
 * Thrown when a store cannot do what it was asked. Nothing of the unit in question was written, except
 * with `commit_uncertain`.
 *
 * - `backup_unfit`: what is to be restored is no backup, is cut short or was altered, or is of a newer version
 * - `commit_uncertain`: the unit may or may not have been committed; what it issued must not be released
 * - `store_busy`: other writers held the store for longer than its bound; try again
 * - `store_closed`: {@link Store.close} was called
 * - `store_corrupt`: what is stored is damaged, or is not a store of ours
 * - `store_full`: no room is left; the store goes on once there is
 * - `store_not_empty`: a backup may only be restored where nothing is
 * - `store_read_only`: the place may be read but not written
 * - `store_schema_newer`: a newer version of this software has migrated the store
 * - `store_unavailable`: the store cannot be reached, or may not be used where it is
 * - `store_unsupported`: this kind of store never does this
 */
export class StoreError extends Error {
  override readonly name = 'StoreError'
  readonly code: StoreErrorCode
  /** What the operator can do about it, in words fit to be shown. */
  readonly hint: string | undefined

  constructor(
    code: StoreErrorCode,
    message: string,
    options: { cause?: unknown; hint?: string | undefined } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.hint = options.hint
  }
}
