import type { KeyObject } from 'node:crypto'
import type { ConfigurationRevision, RevisionStore } from '@mayfly/db-adapters'
import { HostError } from '../errors.ts'
import {
  digestRevision,
  encodeSignedOctets,
  noParentDigest,
  verifySignature,
} from './revision-signature.ts'

/** Public keys whose signatures are believed, by their ids. */
export type TrustedKeys = ReadonlyMap<string, KeyObject>

/** A revision whose signature holds, as the child of the one before it. */
export interface VerifiedRevision {
  readonly revision: ConfigurationRevision
  readonly parentDigest: Uint8Array
}

/**
 * Verifies one revision against what stands before it.
 *
 * @throws {HostError} `revision_refused`.
 */
export function verifyRevision(
  revision: ConfigurationRevision,
  parentDigest: Uint8Array,
  keys: TrustedKeys,
): VerifiedRevision {
  const { number, keyId, signature } = revision
  const key = keys.get(keyId)
  if (key === undefined) {
    throw revisionRefused(number, `its key ${shortKeyId(keyId)} is not trusted`, {
      hint: `if the key is right, name the file of its public key in mayfly.configurationPublicKey; else ${removalOf(number)}`,
    })
  }
  const octets = encodeSignedOctets(revision, parentDigest)
  if (!verifySignature(key, { octets, signature })) {
    throw revisionRefused(number, 'its signature does not hold', { hint: removalOf(number) })
  }
  return { revision, parentDigest }
}

/**
 * Reads a revision and verifies it as the child of the one that the database holds before it; `undefined` where there is
 * no such revision.
 *
 * @throws {HostError} `revision_refused`.
 * @throws {StoreError}
 */
export async function readRevision(
  revisions: RevisionStore,
  number: number,
  keys: TrustedKeys,
): Promise<VerifiedRevision | undefined> {
  const revision = await revisions.findRevision(number)
  if (revision === undefined) return undefined
  if (number === 1) return verifyRevision(revision, noParentDigest, keys)
  const parent = await revisions.findRevision(number - 1)
  if (parent === undefined) throw gapBefore(number)
  return verifyRevision(revision, digestRevision(parent), keys)
}

/**
 * Reads the revision of which the database says that it is the newest, as {@link readRevision} does.
 *
 * @throws {HostError} `revision_refused`, also when there is none under its number.
 * @throws {StoreError}
 */
export async function readNewest(
  revisions: RevisionStore,
  number: number,
  keys: TrustedKeys,
): Promise<VerifiedRevision> {
  const verified = await readRevision(revisions, number, keys)
  if (verified !== undefined) return verified
  throw revisionRefused(number, 'it cannot be found by its number', { hint: tampered })
}

/**
 * Reads what came after a revision, one by one up to `number`, each as the child of the one before; returns the last.
 *
 * @throws {HostError} `revision_refused` for the first that is missing or does not hold.
 * @throws {StoreError}
 */
export async function readDescendants(
  revisions: Pick<RevisionStore, 'findRevision'>,
  { from, number, keys }: { from: VerifiedRevision; number: number; keys: TrustedKeys },
): Promise<VerifiedRevision> {
  let last = from
  while (last.revision.number < number) {
    const next = await revisions.findRevision(last.revision.number + 1)
    if (next === undefined) throw gapBefore(last.revision.number + 2)
    last = verifyRevision(next, digestRevision(last.revision), keys)
  }
  return last
}

/** Whether a row is, to the letter, the revision that was accepted. */
export function isSameRevision(one: ConfigurationRevision, other: ConfigurationRevision): boolean {
  return Buffer.from(digestRevision(one)).equals(digestRevision(other))
}

/** The refusal of a revision. */
export function revisionRefused(
  number: number,
  reason: string,
  options: { readonly cause?: unknown; readonly hint?: string } = {},
): HostError {
  const message = `revision ${number} of the configuration is refused: ${reason}`
  return new HostError('revision_refused', message, options)
}

/** What to do about a database that somebody has written to without the key. */
export const tampered =
  'find out who wrote to the database; the last good revision is in force again once it is the newest row'

/** What to do about a row that nobody trusted has written; its table has another name in an embedded database. */
function removalOf(number: number): string {
  return `find out who wrote to the database, then remove the row: delete from mayfly_configuration where number = ${number} (from configuration in SQLite)`
}

function gapBefore(number: number): HostError {
  return revisionRefused(number, `revision ${number - 1}, its parent, is missing`, {
    hint: tampered,
  })
}

function shortKeyId(keyId: string): string {
  return /^[0-9a-f]{64}$/.test(keyId) ? keyId.slice(0, 16) : 'without a proper id'
}
