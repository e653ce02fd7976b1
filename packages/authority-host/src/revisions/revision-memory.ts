import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { RevisionStore } from '@mayfly/db-adapters'
import { writeFileWhole } from '@mayfly/keystore-hsm'
import { codeOf } from '../errors.ts'
import { homeOf } from '../load-configuration.ts'
import { pkiLayout } from '../pki-layout.ts'
import { revisionRefused, type VerifiedRevision } from './revision-chain.ts'
import { digestRevision } from './revision-signature.ts'

/**
 * What this machine remembers of the newest revision it has gone by, so that rows which are removed from the database while
 * nobody runs are missed. Where its file cannot be written, nothing is remembered.
 */
export interface RevisionMemory {
  /**
   * Returns the number of the newest revision, 0 where there is none. Refuses a database that has gone backwards: whose newest
   * revision is an earlier one than was in force here, or which holds another one under its number.
   *
   * @throws {HostError} `revision_refused`.
   * @throws {StoreError}
   */
  findNewest(revisions: RevisionStore): Promise<number>
  /** Remembers a revision, unless a later one is remembered. */
  remember(verified: VerifiedRevision): Promise<void>
  /** Makes the folder of the memory, as only who runs an instance should: it belongs to whoever makes it. */
  makeFolder(): Promise<void>
  /** Resolves when what is to be remembered is. */
  settle(): Promise<void>
}

/** The memory of the instance whose `ca.json` stands at a path: a file in the folder of its embedded database. */
export function createRevisionMemory(configurationPath: string): RevisionMemory {
  const path = join(pkiLayout(homeOf(configurationPath)).database, 'configuration_revision')
  const hint = `if the database was restored from a backup, and revisions after it are to be forgotten, remove ${path}`
  let last: Promise<void> = Promise.resolve()

  async function findNewest(revisions: RevisionStore): Promise<number> {
    // First, since others of this machine go on meanwhile.
    const remembered = await recall(path)
    const newest = await revisions.findCurrentNumber()
    if (remembered === undefined) return newest
    const { number, digest } = remembered
    if (newest < number) {
      throw revisionRefused(newest, `revision ${number} was in force here and is gone`, { hint })
    }
    const found = await revisions.findRevision(number)
    if (found !== undefined && toHexadecimal(digestRevision(found)) === digest) return newest
    const reason = `it comes after another revision ${number} than was in force here`
    throw revisionRefused(newest, reason, { hint })
  }

  async function write({ revision }: VerifiedRevision): Promise<void> {
    const remembered = await recall(path)
    if (remembered !== undefined && remembered.number >= revision.number) return
    const text = `${revision.number} ${toHexadecimal(digestRevision(revision))}\n`
    await replace(path, text).catch(passOver)
  }

  return {
    findNewest,
    remember: (verified) => {
      last = last.then(() => write(verified))
      return last
    },
    makeFolder: async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(passOver)
    },
    settle: () => last,
  }
}

/** The former file may be another user's, who wrote a revision on this machine: its owner is not kept. */
async function replace(path: string, text: string): Promise<void> {
  const staged = `${path}.new`
  await rm(staged, { force: true })
  await writeFileWhole(staged, text, { mode: 0o644 })
  await rename(staged, path)
}

/** A folder that is read only is no reason to stop. */
function passOver(): void {
  // What is not remembered is not missed.
}

interface Remembered {
  readonly number: number
  readonly digest: string
}

async function recall(path: string): Promise<Remembered | undefined> {
  const text = await readOptional(path)
  const [, number, digest] = /^([1-9]\d{0,14}) ([0-9a-f]{64})\n$/.exec(text ?? '') ?? []
  return number === undefined || digest === undefined
    ? undefined
    : { number: Number(number), digest }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === undefined) throw error
    return undefined
  }
}

function toHexadecimal(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex')
}
