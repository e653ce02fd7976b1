import type { Store } from '@mayfly/db-adapters'
import type { SetTimer } from '../https/serving-certificate.ts'

/** Resolves when the store answers, rejects with what keeps it from answering. */
export type StoreCheck = () => Promise<void>

/** How long a store may take to say that it is there. */
const maximumMilliseconds = 2_000

/** Returns a check that asks the store once for all who ask at the same time, and does not wait for long. */
export function createStoreCheck(store: Pick<Store, 'ping'>, setTimer: SetTimer): StoreCheck {
  let running: Promise<void> | undefined
  return () => {
    running ??= ping(store, setTimer).finally(() => {
      running = undefined
    })
    return running
  }
}

async function ping(store: Pick<Store, 'ping'>, setTimer: SetTimer): Promise<void> {
  const late = Promise.withResolvers<never>()
  const cancel = setTimer(
    () => late.reject(new Error(`the store did not answer within ${maximumMilliseconds} ms`)),
    maximumMilliseconds,
  )
  try {
    await Promise.race([store.ping(), late.promise])
  } finally {
    cancel()
  }
}
