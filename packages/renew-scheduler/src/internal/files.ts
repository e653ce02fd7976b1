import { KeyObject } from 'node:crypto'
import { equalCertificates } from '@mayfly/x509-profiles'
import { RenewalError } from '../errors.ts'
import type { KeptCertificate, RenewalEntry } from '../renewal-options.ts'
import {
  type Chain,
  createChainReader,
  encodeChainPem,
  replaceCertificateFile,
} from './certificate-file.ts'
import { rekeyCertificate, renewCertificate } from './exchange.ts'
import { lockFile } from './file-lock.ts'
import { isPair, needsRepair, repairKeyPair, replaceKeyPair } from './key-pair-files.ts'
import { createKeyReader, encodeSuccessorPem } from './key-source.ts'
import { chooseStartingPlace, isSamePlace, type Place } from './starting-place.ts'
import { unlessAborted } from './unless-aborted.ts'

/** The files of one certificate, as they move on from renewal to renewal. */
export interface KeptFiles {
  loadChain(): Promise<Chain>
  /** @throws {RenewalError} `key_differs` when key and certificate do not belong together. */
  loadPair(): Promise<KeptCertificate>
  /**
   * Takes up what an earlier run has left: goes on from the files that it wrote, and completes a rekeying that was cut
   * short; tells whether there was one.
   */
  resume(): Promise<boolean>
  /**
   * Renews what is in the files, if that is `expected` (or nothing is), and replaces them. While the CA is asked an abort
   * gives the renewal up; once files are being replaced it is too late for that.
   *
   * @returns the new certificate, or undefined when another one than expected is there.
   */
  renew(
    expected: Chain | undefined,
    options: { readonly now: () => Date; readonly signal: AbortSignal },
  ): Promise<KeptCertificate | undefined>
}

export function createKeptFiles(entry: RenewalEntry): KeptFiles {
  const { key, rekey } = entry
  const readChain = createChainReader()
  const readKey = createKeyReader(key)
  const target = entry.out ?? entry.certificatePath
  let { certificatePath } = entry
  let keyPath = key instanceof KeyObject ? undefined : key.path
  let hasBegun = false

  async function replace(kept: KeptCertificate, hasNewKey: boolean): Promise<void> {
    const certificate = encodeChainPem(kept.chain)
    if (hasNewKey && rekey !== undefined && keyPath !== undefined) {
      const keyTarget = rekey.keyOut ?? keyPath
      const pem = await encodeSuccessorPem(kept.privateKey, { ...entry.key, path: keyPath })
      await replaceKeyPair(
        { certificatePath: target, keyPath: keyTarget },
        { certificate, key: pem },
      )
      keyPath = keyTarget
    } else await replaceCertificateFile(target, certificate)
    certificatePath = target
  }

  function assertPair(chain: Chain, privateKey: KeyObject): void {
    if (isPair(chain, privateKey)) return
    throw new RenewalError(
      'key_differs',
      `the private key does not belong to the certificate in ${certificatePath}`,
    )
  }

  async function repairAt(place: Place): Promise<boolean> {
    const paths = { certificatePath: place.certificatePath, keyPath: place.keyPath ?? '' }
    if (place.keyPath === undefined || !(await needsRepair(paths))) return false
    await using _lock = await lockFile(target)
    // Awaited here: the lock is given back with the end of this function, not with that of the promise.
    return await repairKeyPair(paths, readKey)
  }

  return {
    loadChain: () => readChain(certificatePath),
    async loadPair() {
      const chain = await readChain(certificatePath)
      const privateKey = await readKey(keyPath ?? '')
      assertPair(chain, privateKey)
      return { certificate: chain[0], chain, privateKey }
    },
    async resume() {
      const given = { certificatePath, keyPath }
      if (hasBegun) return repairAt(given)
      const written = { certificatePath: target, keyPath: rekey?.keyOut ?? keyPath }
      const repaired = [await repairAt(given)]
      if (!isSamePlace(given, written)) repaired.push(await repairAt(written))
      ;({ certificatePath, keyPath } = await chooseStartingPlace({ given, written }, readKey))
      hasBegun = true
      return repaired.includes(true)
    },
    async renew(expected, { now, signal }) {
      await using lock = await lockFile(target)
      const certificateChain = await readChain(certificatePath)
      if (expected !== undefined && !equalCertificates(certificateChain[0], expected[0])) {
        return undefined
      }
      const privateKey = await readKey(keyPath ?? '')
      assertPair(certificateChain, privateKey)
      signal.throwIfAborted()
      const exchange = { certificateChain, privateKey, now }
      const kept = await unlessAborted(
        entry.rekey === undefined
          ? renewCertificate(exchange, entry)
          : rekeyCertificate(exchange, { client: entry.client, ...entry.rekey }),
        signal,
      )
      await lock.assertHeld()
      await replace(kept, kept.privateKey !== privateKey)
      return kept
    },
  }
}
