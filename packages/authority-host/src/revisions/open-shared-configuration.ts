import {
  type CaConfiguration,
  encodeCaConfiguration,
  isJsonObject,
  type JsonObject,
} from '@mayfly/authority-core/config'
import type { ConfigurationRevision, Store } from '@mayfly/db-adapters'
import { HostError } from '../errors.ts'
import { loadConfiguration } from '../load-configuration.ts'
import { openExistingStore, storeOptionsOf } from '../open-store.ts'
import { createPasswordFinder, type PasswordFinder } from '../password-finder.ts'
import {
  type ConfigurationSigner,
  configurationKeyPaths,
  loadConfigurationSigner,
  loadTrustedKeys,
} from './configuration-key.ts'
import { proveDocument } from './prove-document.ts'
import {
  readNewest,
  readRevision,
  revisionRefused,
  type TrustedKeys,
  tampered,
  type VerifiedRevision,
  verifyRevision,
} from './revision-chain.ts'
import { assertDraft } from './revision-draft.ts'
import { createRevisionMemory } from './revision-memory.ts'
import { digestRevision, encodeSignedOctets, noParentDigest } from './revision-signature.ts'
import type {
  OpenSharedConfigurationOptions,
  RevisionDraft,
  RevisionEntry,
  SharedConfiguration,
  TrustedRevision,
} from './shared-configuration.ts'
import { databaseMissing } from './starting-revision.ts'

/**
 * Opens the configuration that all instances share, for reading and writing. The key that signs is read at the first commit
 * only; a database that is not there is not made.
 *
 * @throws {HostError} `configuration_not_shared` when the file holds everything; `revision_missing` when there is no database;
 * for what is wrong with the files.
 * @throws {StoreError} when the database cannot be opened.
 */
export async function openSharedConfiguration(
  options: OpenSharedConfigurationOptions,
): Promise<SharedConfiguration> {
  const { configurationPath } = options
  const file = await loadConfiguration(configurationPath)
  if (file.mayfly.configuration === 'file') {
    throw new HostError(
      'configuration_not_shared',
      `${configurationPath} holds the whole configuration itself`,
      {
        hint: "move the part that instances share into the database with 'mayfly ca config import'",
      },
    )
  }
  const keys = await loadTrustedKeys(configurationKeyPaths(file, configurationPath).publicKeys)
  const store = await openExistingStore(file.db, storeOptionsOf(file))
  if (store === undefined) throw databaseMissing()
  return createSharedConfiguration({ ...options, file, keys, store })
}

/** What the shared configuration is kept by. */
export interface SharedConfigurationParts extends OpenSharedConfigurationOptions {
  readonly file: CaConfiguration
  readonly keys: TrustedKeys
  /** Closed with it. */
  readonly store: Store
}

export function createSharedConfiguration(parts: SharedConfigurationParts): SharedConfiguration {
  const { file, keys, store, now } = parts
  const { revisions } = store
  const memory = createRevisionMemory(parts.configurationPath)
  const findPassword = createPasswordFinder({
    ...(parts.configurationKeyPassword === undefined
      ? {}
      : { password: parts.configurationKeyPassword }),
    ...(parts.askPassword === undefined ? {} : { askPassword: parts.askPassword }),
  })
  let signer: Promise<ConfigurationSigner> | undefined

  async function revision(number: number): Promise<TrustedRevision | undefined> {
    const verified = await readRevision(revisions, number, keys)
    return verified && toTrusted(verified)
  }

  async function current(): Promise<TrustedRevision | undefined> {
    // What is missing must not be built upon: no instance would follow.
    const number = await memory.findNewest(revisions)
    return number === 0 ? undefined : toTrusted(await readNewest(revisions, number, keys))
  }

  async function history({
    before,
    limit,
  }: {
    readonly before?: number
    readonly limit: number
  }): Promise<readonly RevisionEntry[]> {
    // One more, as the parent of the last.
    const listing = { ...(before === undefined ? {} : { before }), limit: limit + 1 }
    const found = await revisions.listRevisions(listing)
    return found.slice(0, limit).map((each, index) => toEntry(each, found[index + 1], keys))
  }

  async function prove(document: JsonObject): Promise<CaConfiguration> {
    const former = await current()
    return proveAgainst(document, former?.document)
  }

  function proveAgainst(
    document: JsonObject,
    former: JsonObject | undefined,
  ): Promise<CaConfiguration> {
    return proveDocument(document, { file, former, source: 'the new revision', now: now() })
  }

  async function commit(draft: RevisionDraft): Promise<TrustedRevision> {
    assertDraft(draft)
    const { parent: parentNumber, author, comment } = draft
    const newest = await memory.findNewest(revisions)
    if (newest < parentNumber) throw parentMissing(parentNumber, newest)
    if (newest > parentNumber) throw await conflictWith(newest)
    const parent =
      parentNumber === 0 ? undefined : await readRevision(revisions, parentNumber, keys)
    if (parent === undefined && parentNumber > 0) throw parentMissing(parentNumber, newest)
    await proveAgainst(draft.document, parent && toTrusted(parent).document)
    signer ??= openSigner(parts, findPassword)
    const { keyId, sign } = await signer
    const unsigned = {
      number: parentNumber + 1,
      document: encodeCaConfiguration(draft.document),
      author,
      comment,
      createdAt: now(),
      keyId,
    }
    const parentDigest = parent === undefined ? noParentDigest : digestRevision(parent.revision)
    const signature = await sign(encodeSignedOctets(unsigned, parentDigest))
    const signed = verifyRevision({ ...unsigned, signature }, parentDigest, keys)
    const outcome = await revisions.commitRevision(signed.revision)
    if (outcome.status === 'conflict') throw await conflictWith(outcome.current)
    await memory.remember(signed)
    return toTrusted(signed)
  }

  /** Who was first is worth telling only where the signature says so. */
  async function conflictWith(number: number): Promise<HostError> {
    const standing = await revision(number)
    if (standing === undefined) return parentMissing(number, await revisions.findCurrentNumber())
    const { author, comment, createdAt } = standing
    const why = comment === '' ? '' : `: ${comment}`
    return new HostError(
      'revision_conflict',
      `revision ${number} was committed meanwhile by ${author} at ${createdAt.toISOString()}${why}`,
      { hint: 'look at it, and make your change again on top of it' },
    )
  }

  return {
    local: file,
    current,
    revision,
    history,
    prove,
    commit,
    [Symbol.asyncDispose]: () => store.close(),
  }
}

function parentMissing(number: number, newest: number): HostError {
  const newestIs = newest === 0 ? 'there is none yet' : `the newest is ${newest}`
  return new HostError('revision_conflict', `there is no revision ${number}: ${newestIs}`, {
    hint: "'mayfly ca config history' lists them",
  })
}

function openSigner(
  { file, keys, configurationPath }: SharedConfigurationParts,
  findPassword: PasswordFinder,
): Promise<ConfigurationSigner> {
  const { key } = configurationKeyPaths(file, configurationPath)
  return loadConfigurationSigner(key, { keys, findPassword: () => findPassword(key) })
}

function toTrusted({ revision }: VerifiedRevision): TrustedRevision {
  const { number, document: text, author, comment, createdAt, keyId } = revision
  return { number, document: parseDocument(number, text), text, author, comment, createdAt, keyId }
}

function parseDocument(number: number, text: string): JsonObject {
  const document: unknown = parseOrUndefined(text)
  if (isJsonObject(document)) return document
  throw revisionRefused(number, 'its document is no JSON object')
}

function parseOrUndefined(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function toEntry(
  revision: ConfigurationRevision,
  parent: ConfigurationRevision | undefined,
  keys: TrustedKeys,
): RevisionEntry {
  const { number, author, comment, createdAt, keyId } = revision
  const entry = { number, author, comment, createdAt, keyId }
  try {
    if (number > 1 && parent?.number !== number - 1) {
      throw revisionRefused(number, `revision ${number - 1}, its parent, is missing`, {
        hint: tampered,
      })
    }
    const isFirst = number === 1 || parent === undefined
    verifyRevision(revision, isFirst ? noParentDigest : digestRevision(parent), keys)
    return entry
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return { ...entry, problem: error.message }
  }
}
