import { expect } from 'vitest'
import { ProfileError, type ProfileErrorCode } from '../../src/index.ts'

/** The code of the ProfileError that `act` throws; fails when it throws none, or another error. */
export function codeOf(act: () => unknown): ProfileErrorCode {
  return expectProfileError(catchThrown(act)).code
}

/** As {@link codeOf}, for a promise. */
export async function codeOfRejection(promise: Promise<unknown>): Promise<ProfileErrorCode> {
  return expectProfileError(
    await promise.then(
      () => undefined,
      (error: unknown) => error,
    ),
  ).code
}

/** Whether `parse` takes the octets; false when it throws a ProfileError; fails on any other error. */
export function accepts(parse: () => unknown): boolean {
  const thrown = catchThrown(parse)
  if (thrown === undefined) return true
  expectProfileError(thrown)
  return false
}

function catchThrown(act: () => unknown): unknown {
  try {
    act()
    return undefined
  } catch (error) {
    return error
  }
}

function expectProfileError(thrown: unknown): ProfileError {
  expect(thrown).toBeInstanceOf(ProfileError)
  if (!(thrown instanceof ProfileError)) throw new TypeError('unreachable')
  return thrown
}
