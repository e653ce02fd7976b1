import { StoreError, type StoreErrorCode } from '../errors.ts'

/** Tells whether SQLite gave up because another connection holds a lock (SQLITE_BUSY, SQLITE_LOCKED). */
export function isBusy(error: unknown): boolean {
  const code = primaryResultCode(error)
  return code === 5 || code === 6
}

/** Tells whether a row with such a key is there (SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE, _ROWID). */
export function isKeyTaken(error: unknown): boolean {
  const code = extendedResultCode(error)
  return code === 1555 || code === 2067 || code === 2579
}

/** Says in the store's terms what SQLite answered; an error that is not SQLite's is returned as it is. */
export function translateSqliteError(error: unknown, path: string): unknown {
  if (error instanceof RangeError && 'code' in error && error.code === 'ERR_OUT_OF_RANGE') {
    return new StoreError('store_corrupt', `${path}: it holds what nobody of ours has written`, {
      cause: error,
      hint: 'find out who wrote to the database, or restore it from a backup',
    })
  }
  const code = primaryResultCode(error)
  if (code === undefined || !(error instanceof Error)) return error
  if (refusedValues.has(code)) {
    return new TypeError(`the database cannot keep a value: ${error.message}`, { cause: error })
  }
  const refusal = refusals.get(code) ?? unavailable
  return new StoreError(refusal.code, `${path}: ${refusal.words} (${error.message})`, {
    cause: error,
    hint: refusal.hint,
  })
}

/** The low octet of SQLite's extended result code: sqlite.org/rescode.html. */
function primaryResultCode(error: unknown): number | undefined {
  const code = extendedResultCode(error)
  return code === undefined ? undefined : code & 0xff
}

function extendedResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode : undefined
}

interface Refusal {
  readonly code: StoreErrorCode
  readonly words: string
  readonly hint?: string
}

const unavailable: Refusal = { code: 'store_unavailable', words: 'the database cannot be used' }

const busy: Refusal = {
  code: 'store_busy',
  words: 'another process kept the database locked',
  hint: 'look for a long-running command on this database',
}

const damaged: Refusal = {
  code: 'store_corrupt',
  words: 'the database is damaged or is no SQLite database',
  hint: 'restore it from a backup',
}

const refusals: ReadonlyMap<number, Refusal> = new Map([
  [5, busy],
  [6, busy],
  [8, { code: 'store_read_only', words: 'the database cannot be written' }],
  [11, damaged],
  [13, { code: 'store_full', words: 'the disk is full', hint: 'free some space' }],
  [26, damaged],
])

/** SQLITE_CONSTRAINT, SQLITE_MISMATCH, SQLITE_TOOBIG: the fault is the value's. */
const refusedValues: ReadonlySet<number> = new Set([18, 19, 20])
