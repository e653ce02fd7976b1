import { ProfileError } from '@mayfly/x509-profiles'
import { CommandError } from '../framework/errors.ts'

/**
 * Parses the contents of a file, naming the file in what is wrong with them.
 *
 * @throws {CommandError} `certificate_unfit`
 */
export function parseNamed<T>(path: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    const reason = cause.message.includes('no PEM block') ? 'no certificates found' : cause.message
    throw new CommandError('certificate_unfit', `error parsing ${path}: ${reason}`, { cause })
  }
}
