import { AuthorityError } from '@mayfly/authority-core'
import { TokenError } from '@mayfly/jwt-tokens'
import { ProfileError } from '@mayfly/x509-profiles'

/** What a refused call threw: its code and its text. */
export interface Refusal {
  readonly code: string
  readonly message: string
}

/** Returns the refusal of a call that must be refused, by one of the errors that callers may expect. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal> {
  try {
    await call
  } catch (error) {
    if (
      error instanceof AuthorityError ||
      error instanceof TokenError ||
      error instanceof ProfileError
    ) {
      return { code: error.code, message: error.message }
    }
    throw error
  }
  throw new Error('the call was not refused')
}
