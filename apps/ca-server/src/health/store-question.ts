import type { SetTimer } from '../https/serving-certificate.ts'

/** How long a store may take to answer. */
const maximumMilliseconds = 2_000

/**
 * Returns what puts a question to a store and does not wait for long. However many ask, however slow the store is: it
 * is asked one question at a time.
 */
export function createStoreQuestion<Answer>(
  ask: () => Promise<Answer>,
  setTimer: SetTimer,
): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined
  return () => {
    asked ??= ask().finally(() => {
      asked = undefined
    })
    return withinTime(asked, setTimer)
  }
}

async function withinTime<Answer>(answer: Promise<Answer>, setTimer: SetTimer): Promise<Answer> {
  const late = Promise.withResolvers<never>()
  const cancel = setTimer(
    () => late.reject(new Error(`the store did not answer within ${maximumMilliseconds} ms`)),
    maximumMilliseconds,
  )
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    cancel()
  }
}
