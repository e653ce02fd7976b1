import { createPublicKey, type KeyObject } from 'node:crypto'
import { access, realpath, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { describeFileError, KeystoreError, syncFolder, writeFileWhole } from '@mayfly/keystore-hsm'
import { publicKeyOf } from '@mayfly/x509-profiles'
import { RenewalError, type RenewalErrorCode } from '../errors.ts'
import { type Chain, findChain } from './certificate-file.ts'

/** Where a certificate and its key are. */
export interface KeyPairPaths {
  readonly certificatePath: string
  readonly keyPath: string
}

/**
 * Replaces a key and its certificate. No file system replaces two files at once: both are first written in full and synced
 * beside their places, then renamed one right after the other, the key first. A process that dies before the first rename
 * leaves the old pair; one that dies between the two leaves the new certificate beside its place, from where
 * {@link repairKeyPair} takes it. Files that are there keep mode and owner, without the rights of others to a key.
 *
 * @throws {RenewalError} `key_unwritable`, `certificate_unwritable`.
 */
export async function replaceKeyPair(
  { certificatePath, keyPath }: KeyPairPaths,
  pem: { readonly certificate: string; readonly key: string },
): Promise<void> {
  const certificate = await stage(certificatePath, pem.certificate, 'certificate_unwritable')
  const key = await stage(keyPath, pem.key, 'key_unwritable', 0o770).catch(async (error) => {
    await rm(certificate.staged, { force: true })
    throw error
  })
  await unlessFailing(keyPath, 'key_unwritable', async () => {
    try {
      await rename(key.staged, key.target)
    } catch (error) {
      await Promise.all([key, certificate].map(({ staged }) => rm(staged, { force: true })))
      throw error
    }
  })
  // Should this one fail, the new certificate stays where it is, for the repair.
  await unlessFailing(certificatePath, 'certificate_unwritable', async () => {
    const [keyFolder, folder] = [dirname(key.target), dirname(certificate.target)]
    // A power cut must not undo the first rename alone; those within one folder are kept in order.
    if (keyFolder !== folder) await syncFolder(keyFolder)
    await rename(certificate.staged, certificate.target)
    await syncFolder(folder)
  })
}

/** Tells whether a process died in {@link replaceKeyPair}, and left something. */
export async function needsRepair({ certificatePath, keyPath }: KeyPairPaths): Promise<boolean> {
  const places = await Promise.all([certificatePath, keyPath].map(locate))
  return (await Promise.all(places.map(({ staged }) => isThere(staged)))).includes(true)
}

/**
 * Completes or clears away what a process left that died in {@link replaceKeyPair}; tells whether the certificate has been
 * put in its place. Leftovers whose key is not in use are removed: the old pair is whole.
 *
 * @throws {RenewalError} `certificate_unreadable` for what cannot be read just now, which stays; `certificate_unwritable`,
 * `key_unwritable`.
 */
export async function repairKeyPair(
  { certificatePath, keyPath }: KeyPairPaths,
  loadKey: (path: string) => Promise<KeyObject>,
): Promise<boolean> {
  const certificate = await locate(certificatePath)
  const key = await locate(keyPath)
  await clear(key, keyPath, 'key_unwritable')
  const chain = await findChain(certificate.staged)
  const privateKey = chain && (await loadKey(keyPath))
  if (!isPair(chain, privateKey) || isPair(await findChain(certificatePath), privateKey)) {
    await clear(certificate, certificatePath, 'certificate_unwritable')
    return false
  }
  await unlessFailing(certificatePath, 'certificate_unwritable', async () => {
    await rename(certificate.staged, certificate.target)
    await syncFolder(dirname(certificate.target))
  })
  return true
}

/** Whether the chain's certificate is the key's. */
export function isPair(chain: Chain | undefined, privateKey: KeyObject | undefined): boolean {
  if (chain === undefined || privateKey === undefined) return false
  return publicKeyOf(chain[0]).equals(createPublicKey(privateKey))
}

interface Place {
  /** Through all links. */
  readonly target: string
  /** Where what is to come there is made ready. */
  readonly staged: string
}

async function locate(path: string): Promise<Place> {
  const target = await realpath(path).catch(() => path)
  return { target, staged: join(dirname(target), `.${basename(target)}.rekeyed`) }
}

async function stage(
  path: string,
  pem: string,
  code: RenewalErrorCode,
  maximumMode = 0o7777,
): Promise<Place> {
  const place = await locate(path)
  await unlessFailing(path, code, async () => {
    await rm(place.staged, { force: true })
    // Never through a link: who owns the folder could put one there, and root would write what it leads to.
    await writeFileWhole(place.staged, pem, { like: place.target, maximumMode, overwrite: false })
  })
  return place
}

async function clear({ staged }: Place, path: string, code: RenewalErrorCode): Promise<void> {
  await unlessFailing(path, code, () => rm(staged, { force: true }))
}

async function unlessFailing(
  path: string,
  code: RenewalErrorCode,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work()
  } catch (cause) {
    const message =
      cause instanceof KeystoreError
        ? cause.message
        : `write ${path} failed: ${describeFileError(cause)}`
    throw new RenewalError(code, message, { cause })
  }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
