import { ProfileError } from '../errors.ts'

/** Refuses to sign unless the condition holds. Throws {@link ProfileError} `profile_violated`. */
export function demand(condition: boolean, otherwise: string): void {
  if (!condition) throw violated(otherwise)
}

/** The refusal to sign what breaks its profile. */
export function violated(reason: string): ProfileError {
  return new ProfileError('profile_violated', `not signed: ${reason}`)
}
