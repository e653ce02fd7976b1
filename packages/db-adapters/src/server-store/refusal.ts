import type { DatabaseStatus } from '../database-status.ts'
import { StoreError } from '../errors.ts'

/** Returns why `assert` refuses, or `undefined` if it does not. */
export function findRefusal(assert: () => void): DatabaseStatus['refusal'] {
  try {
    assert()
    return undefined
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    return { message: error.message, hint: error.hint }
  }
}
