import { TokenError, type TokenErrorCode } from '../../src/index.ts'

/** Runs `work` and returns the code it is refused with; undefined when it succeeds. */
export async function codeOf(work: () => unknown): Promise<TokenErrorCode | undefined> {
  return (await refusalOf(work))?.code
}

/** Runs `work` and returns its refusal; any other error passes through and fails the test. */
export async function refusalOf(work: () => unknown): Promise<TokenError | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof TokenError) return error
    throw error
  }
}
