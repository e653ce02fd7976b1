import type { AcmeNonce, AcmeNonceKey, AcmeStore } from '@mayfly/db-adapters'
import type { RandomBytes } from '@mayfly/x509-profiles'
import { AcmeError } from './errors.ts'
import { createNonce, nonceLifetimeMilliseconds, parseNonce, verifyNonce } from './nonce.ts'

/** Makes nonces and knows them again; nothing is stored for a nonce until it is spent. */
export interface Nonces {
  /** A fresh nonce for `Replay-Nonce`. */
  create(): Promise<string>
  /**
   * Returns what is to be spent for a nonce that is ours and not too old. Whether it was spent before, only spending tells.
   *
   * @throws {AcmeError} `malformed` or `badNonce`.
   */
  verify(text: string): Promise<AcmeNonce>
}

/** How long nonces are made by one key. */
const rotationMilliseconds = 24 * 60 * 60 * 1000

/** How long nonces of a key that nobody knows are refused without asking the store again. */
const unknownKeyPauseMilliseconds = 1000

/**
 * Nonces by keys that all instances on one store share. A key is made once a day by conditional insert, whichever instance
 * comes first; the one before stays good for the hour of its last nonce.
 */
export function createNonces({
  store,
  now,
  random,
}: {
  readonly store: Pick<AcmeStore, 'commitNonceKey' | 'findNonceKeys'>
  readonly now: () => Date
  readonly random: RandomBytes
}): Nonces {
  let known: readonly AcmeNonceKey[] = []
  let searchedAt = Number.NEGATIVE_INFINITY
  let rotation: Promise<AcmeNonceKey> | undefined

  const reload = async () => {
    known = (await store.findNonceKeys()).toSorted((a, b) => b.number - a.number)
    return known[0]
  }
  const isFresh = ({ createdAt }: AcmeNonceKey) =>
    now().getTime() - createdAt.getTime() < rotationMilliseconds

  const rotate = async (): Promise<AcmeNonceKey> => {
    const newest = await reload()
    if (newest !== undefined && isFresh(newest)) return newest
    const next = { number: (newest?.number ?? 0) + 1, key: random(32), createdAt: now() }
    await store.commitNonceKey(next)
    const standing = await reload()
    if (standing === undefined) throw new Error('the key of the nonces was not kept by the store')
    return standing
  }

  const newestKey = async (): Promise<AcmeNonceKey> => {
    const [newest] = known
    if (newest !== undefined && isFresh(newest)) return newest
    rotation ??= rotate().finally(() => {
      rotation = undefined
    })
    return rotation
  }

  const findKey = async (keyNumber: number): Promise<AcmeNonceKey | undefined> => {
    const ofNumber = () => known.find((key) => key.number % 256 === keyNumber && isInUse(key))
    const found = ofNumber()
    const time = now().getTime()
    if (found !== undefined || time - searchedAt < unknownKeyPauseMilliseconds) return found
    searchedAt = time
    await reload()
    return ofNumber()
  }

  const isInUse = ({ createdAt }: AcmeNonceKey) =>
    now().getTime() - createdAt.getTime() < rotationMilliseconds + 2 * nonceLifetimeMilliseconds

  return {
    create: async () => createNonce(await newestKey(), { now: now(), random }),
    verify: async (text) => {
      const nonce = parseNonce(text)
      const key = await findKey(nonce.keyNumber)
      if (key === undefined) {
        throw new AcmeError('badNonce', 'the nonce is not one of this server, or is too old')
      }
      return verifyNonce(nonce, key.key, now())
    },
  }
}
