import { randomInt } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { StoreError } from '../errors.ts'
import type { ServerDatabase } from './server-database.ts'
import { explainTlsFailure } from './tls-failure.ts'

/** What to do about a server that is not there when a store is opened. */
export const startHint = 'see that the database is up, and that its host and port are right'

/** Says in the store's terms what went wrong on a connection; `lostHint` is what to do when it was lost. */
export function translateFault(
  database: ServerDatabase,
  error: unknown,
  lostHint: string = 'the store goes on by itself once the database is back',
): unknown {
  if (error instanceof StoreError || error instanceof TypeError) return error
  const fault = database.faultOf(error)
  const reason = error instanceof Error ? error.message : String(error)
  const { address } = database
  switch (fault.kind) {
    case 'lost': {
      const untrusted = explainTlsFailure(error)
      if (untrusted !== undefined) {
        const message = `${address}: the server's certificate is not accepted (${untrusted.reason})`
        return new StoreError('store_unavailable', message, { cause: error, hint: untrusted.hint })
      }
      return new StoreError('store_unavailable', `${address}: the connection failed (${reason})`, {
        cause: error,
        hint: lostHint,
      })
    }
    case 'transient':
    case 'conflict':
      return new StoreError('store_busy', `${address}: others are in the way (${reason})`, {
        cause: error,
        hint: 'try again',
      })
    case 'value':
      return new TypeError(`the database cannot keep a value: ${reason}`, { cause: error })
    case 'refused':
      return new StoreError(fault.code, `${address}: ${fault.words} (${reason})`, {
        cause: error,
        hint: fault.hint,
      })
  }
}

/** Says that a unit may or may not have been committed, and why nobody could find out. */
export function uncertainError(
  database: ServerDatabase,
  error: unknown,
  hint: string = 'look for it by its serial number, or try again with a new token',
): StoreError {
  const cause = translateFault(database, error)
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new StoreError('commit_uncertain', `whether it was committed is not known: ${reason}`, {
    cause,
    hint,
  })
}

/** A pause before another attempt, longer each time, and never the same for two that met. */
export async function pauseBeforeAttempt(attempt: number): Promise<void> {
  const ceiling = Math.min(2 ** attempt, 64)
  await setTimeout((ceiling * randomInt(100, 1000)) / 1000)
}

/** How often a deadlock or a serialization failure is tried again: some two seconds. */
export const maximumAttempts = 40
