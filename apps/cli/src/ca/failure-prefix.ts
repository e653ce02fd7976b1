import { CaClientError } from '@mayfly/ca-client'
import { CommandError } from '../framework/errors.ts'

/**
 * Puts `prefix: ` before a failure to reach the CA; what the CA itself says is passed on as it is.
 *
 * @throws {CommandError} `ca_unreachable`
 */
export async function withFailurePrefix<T>(prefix: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof CaClientError) || error.friendly) throw error
    throw new CommandError('ca_unreachable', `${prefix}: ${error.message}`, { cause: error })
  }
}
