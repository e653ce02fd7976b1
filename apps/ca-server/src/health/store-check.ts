import type { Store } from '@mayfly/db-adapters'
import type { SetTimer } from '../https/serving-certificate.ts'

/** Resolves when the store answers, rejects with what keeps it from answering. */
export type StoreCheck = () => Promise<void>

/** How long a store may take to say that it is there. */
const maximumMilliseconds = 2_000

/**
 * Returns a check that does not wait for long. However many ask, however slow the store is: it is asked one question
 * at a time.
 */
export function createStoreCheck(store: Pick<Store, 'ping'>, setTimer: SetTimer): StoreCheck {
  let asked: Promise<void> | undefined
  return () => {
    asked ??= store.ping().finally(() => {
      asked = undefined
    })
    return withinTime(asked, setTimer)
  }
}

async function withinTime(answer: Promise<void>, setTimer: SetTimer): Promise<void> {
  const late = Promise.withResolvers<never>()
  const cancel = setTimer(
    () => late.reject(new Error(`the store did not answer within ${maximumMilliseconds} ms`)),
    maximumMilliseconds,
  )
  try {
    await Promise.race([answer, late.promise])
  } finally {
    cancel()
  }
}
