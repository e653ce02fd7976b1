import type { KeyObject } from 'node:crypto'
import { type Chain, findChain } from './certificate-file.ts'
import { haveSameNames } from './exchange.ts'
import { isPair } from './key-pair-files.ts'

/** Where a certificate is, and its key unless that is in memory alone. */
export interface Place {
  readonly certificatePath: string
  readonly keyPath: string | undefined
}

/**
 * Chooses where to begin: where an earlier run has `written`, if there is a certificate of the same names with its key, and
 * the `given` one has ended up without its key, is gone or ends sooner; else where it was given.
 */
export async function chooseStartingPlace(
  { given, written }: { readonly given: Place; readonly written: Place },
  loadKey: (path: string) => Promise<KeyObject>,
): Promise<Place> {
  if (isSamePlace(given, written)) return given
  const successor = await findPair(written, loadKey)
  if (successor === undefined) return given
  const chain = await findChain(given.certificatePath).catch(() => undefined)
  if (chain === undefined) return written
  if (!haveSameNames(chain[0], successor[0])) return given
  const predecessor = await findPair(given, loadKey)
  const isLater = (predecessor?.[0].validity.notAfter ?? 0) < successor[0].validity.notAfter
  return isLater ? written : given
}

export function isSamePlace(one: Place, other: Place): boolean {
  return one.certificatePath === other.certificatePath && one.keyPath === other.keyPath
}

/** The certificate of a place, if its key is there as well. */
async function findPair(
  { certificatePath, keyPath = '' }: Place,
  loadKey: (path: string) => Promise<KeyObject>,
): Promise<Chain | undefined> {
  try {
    const chain = await findChain(certificatePath)
    return isPair(chain, chain && (await loadKey(keyPath))) ? chain : undefined
  } catch {
    return undefined
  }
}
