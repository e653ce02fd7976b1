import { type RevisionStore, StoreError } from '@mayfly/db-adapters'
import { HostError } from '../errors.ts'
import {
  isSameRevision,
  readDescendants,
  revisionRefused,
  type TrustedKeys,
  tampered,
  type VerifiedRevision,
} from './revision-chain.ts'

/** What becomes of the shared configuration while an authority is open. Each is told once, not at every look. */
export type RevisionEvent =
  | {
      readonly kind: 'in_force'
      readonly revision: number
      readonly author: string
      readonly comment: string
      readonly createdAt: Date
    }
  /** The last good one stays, to be read by; nothing is issued until a good one is the newest. */
  | { readonly kind: 'refused'; readonly revision: number; readonly error: HostError }
  /** The database does not answer; the revision in force stays. */
  | { readonly kind: 'unreachable'; readonly error: StoreError }
  | { readonly kind: 'reachable' }
  /** The file holds everything, yet others keep what is shared in the database by now. */
  | { readonly kind: 'passed_over'; readonly revision: number }

/** What a follower works with. */
export interface RevisionFollowerOptions {
  readonly revisions: Pick<RevisionStore, 'findCurrentNumber' | 'findRevision'>
  /** The revision that is in force at first. */
  readonly accepted: VerifiedRevision
  /** The keys trusted now. */
  readonly keys: () => TrustedKeys
  /** Puts a verified revision into force. @throws {HostError} `revision_refused` when its document cannot be used. */
  readonly putInForce: (verified: VerifiedRevision) => void
  readonly onRevision: (event: RevisionEvent) => void
}

/** Keeps one instance at the newest revision, and never lets it go backwards. */
export interface RevisionFollower {
  /** The last good revision. */
  readonly accepted: VerifiedRevision
  /** The newest number that was seen. */
  readonly newest: number
  /** Why what stands in the database now is not followed, if it is not. */
  readonly refusal: HostError | undefined
  /**
   * Looks once at what stands in the database. Must not be called again before it has ended.
   *
   * @throws {StoreError} when the database does not answer.
   */
  look(): Promise<void>
}

export function createRevisionFollower(options: RevisionFollowerOptions): RevisionFollower {
  const { revisions, putInForce, onRevision } = options
  let { accepted } = options
  let newest = accepted.revision.number
  let refused: Refusal | undefined
  let isReachable = true
  let quietLooks = 0

  async function look(): Promise<void> {
    try {
      await lookOnce()
    } catch (error) {
      if (error instanceof StoreError && isReachable) {
        isReachable = false
        onRevision({ kind: 'unreachable', error })
      }
      throw error
    }
    if (isReachable) return
    isReachable = true
    onRevision({ kind: 'reachable' })
  }

  async function lookOnce(): Promise<void> {
    newest = await revisions.findCurrentNumber()
    if (isKnown()) return
    quietLooks = 0
    const keys = options.keys()
    try {
      const next = await findNext(newest, keys)
      // A reload has brought others meanwhile, which may not trust what these did.
      if (keys !== options.keys()) return await lookOnce()
      if (next !== undefined) putInForce(next)
      if (next === undefined && refused === undefined) return
      accepted = next ?? accepted
      refused = undefined
      onRevision({ kind: 'in_force', ...describeRevision(accepted) })
    } catch (thrown) {
      if (thrown instanceof StoreError) throw thrown
      const error = toRefusal(thrown, newest)
      const isTold = refused?.number === newest && refused.error.message === error.message
      refused = { number: newest, error, keys }
      if (!isTold) onRevision({ kind: 'refused', revision: newest, error })
    }
  }

  /** Most looks find what the last one found: those read a number, and the rows only now and then. */
  function isKnown(): boolean {
    const isAsBefore =
      refused === undefined
        ? newest === accepted.revision.number
        : newest === refused.number && refused.keys === options.keys()
    quietLooks += 1
    return isAsBefore && quietLooks < looksBetweenReadings
  }

  async function findNext(
    number: number,
    keys: TrustedKeys,
  ): Promise<VerifiedRevision | undefined> {
    const from = accepted.revision
    if (number > from.number) return readDescendants(revisions, { from: accepted, number, keys })
    if (number < from.number) {
      throw revisionRefused(number, `revision ${from.number} was in force and is gone`, {
        hint: `${tampered}; after a restore from a backup, remove db/configuration_revision and start again`,
      })
    }
    const found = await revisions.findRevision(number)
    if (found !== undefined && isSameRevision(found, from)) return undefined
    throw revisionRefused(number, 'another one under this number was in force', { hint: tampered })
  }

  return {
    get accepted() {
      return accepted
    },
    get newest() {
      return newest
    },
    get refusal() {
      return refused?.error
    },
    look,
  }
}

interface Refusal {
  readonly number: number
  readonly error: HostError
  /** Those that were trusted: others may trust what these did not. */
  readonly keys: TrustedKeys
}

/** Whatever goes wrong with a revision, somebody must be told: nothing is issued meanwhile. */
function toRefusal(error: unknown, number: number): HostError {
  if (error instanceof HostError && error.code === 'revision_refused') return error
  const reason = error instanceof Error ? error.message : String(error)
  return revisionRefused(number, `it cannot be put into force: ${reason}`, {
    cause: error,
    hint: 'commit one that can be used',
  })
}

const looksBetweenReadings = 10

/** What is told of a revision that comes into force. */
export function describeRevision({ revision }: VerifiedRevision): {
  readonly revision: number
  readonly author: string
  readonly comment: string
  readonly createdAt: Date
} {
  const { number, author, comment, createdAt } = revision
  return { revision: number, author, comment, createdAt }
}
