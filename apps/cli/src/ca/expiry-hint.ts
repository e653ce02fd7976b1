import { CaClientError } from '@mayfly/ca-client'
import type { Certificate } from '@mayfly/x509-profiles'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/**
 * Where the CA refuses what an expired certificate vouches for, tells how to get another one. Nothing is refused here: the
 * CA's clock and rules count.
 *
 * @throws {CommandError} `token_refused` in the CA's own words.
 */
export async function withExpiryHint<T>(
  io: Io,
  { validity }: Pick<Certificate, 'validity'>,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (!(error instanceof CaClientError) || error.status !== 401 || !error.friendly) throw error
    if (io.now() <= validity.notAfter) throw error
    const hint = "'mayfly ca certificate' gets a new one, with a token or a provisioner's password"
    throw new CommandError('token_refused', error.message, { cause: error, hint })
  }
}
