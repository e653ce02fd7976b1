import type {
  AcmeAuthorizationView,
  AcmeChallengeRecord,
  AcmeNonce,
  AcmeProblem,
  AcmeStore,
} from '@mayfly/db-adapters'
import { problemType } from './problem.ts'
import type { ValidationOutcome, ValidationPort } from './validation-port.ts'

/** Pauses between the attempts at one challenge; after the last one it is invalid. */
const attemptPausesMilliseconds: readonly number[] = [1000, 2000, 4000, 8000]

/** How long one attempt may take. */
const attemptMilliseconds = 20_000

/** How soon another instance takes over when this one is gone: the time of an attempt, and of telling the store. */
const deadlineMilliseconds: number = attemptMilliseconds + 10_000

/** A challenge to be begun, and what its validation needs. */
interface ChallengeToBegin {
  readonly view: AcmeAuthorizationView
  readonly challenge: AcmeChallengeRecord
  /** Of the account's key. */
  readonly thumbprint: string
  readonly accountUrl: string
  /** Of the request that asked for it. */
  readonly nonce?: AcmeNonce
}

/** The validations that are under way on this instance. */
export interface Attempts {
  /**
   * Begins a challenge, if nobody else has, and goes on behind the caller until it is decided: `started` comes as soon as the
   * store has it.
   */
  begin(challenge: ChallengeToBegin): Promise<'nonce_spent' | 'not_pending' | 'started'>
  /** Resolves when none is under way. */
  settled(): Promise<void>
  /** Gives up those that are under way; another instance takes them over. */
  stop(): void
}

/** What {@link createAttempts} works with. */
export interface AttemptsOptions {
  readonly store: AcmeStore
  readonly validation: ValidationPort
  readonly now: () => Date
  /** Resolves after so long, at once when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Told of errors that no request waits for: a store that was away, a validation that threw. */
  readonly report: (error: unknown) => void
}

/** Runs validations behind the answers. */
export function createAttempts(options: AttemptsOptions): Attempts {
  const { store, now, report } = options
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  return {
    begin: async (begun) => {
      const outcome = await store.beginChallenge({
        ...referenceOf(begun),
        at: now(),
        deadlineMilliseconds,
        ...(begun.nonce === undefined ? {} : { nonce: begun.nonce }),
      })
      if (outcome.status !== 'started') return outcome.status
      const run = runAttempts(begun, outcome.attempt, options, stopping.signal)
        .catch(report)
        .finally(() => running.delete(run))
      running.add(run)
      return 'started'
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running)
    },
    stop: () => stopping.abort(),
  }
}

async function runAttempts(
  begun: ChallengeToBegin,
  attempt: number,
  options: AttemptsOptions,
  stopping: AbortSignal,
): Promise<void> {
  const { store, now, wait } = options
  for (let number = 1; !stopping.aborted; number += 1) {
    const outcome = await validate(begun, number, options, stopping)
    if (stopping.aborted) return
    const { trace } = outcome
    const change = { ...referenceOf(begun), attempt, ...(trace === undefined ? {} : { trace }) }
    if (outcome.status === 'valid') {
      await store.completeChallenge({ ...change, validatedAt: now() })
      return
    }
    const { problem, isRetryable } = outcome
    const pause = isRetryable ? attemptPausesMilliseconds[number - 1] : undefined
    if (pause === undefined) {
      await store.failChallenge({
        ...change,
        problem,
        orderProblem: orderProblemOf(begun, problem),
      })
      return
    }
    const deadline = new Date(now().getTime() + pause + deadlineMilliseconds)
    if ((await store.retryChallenge({ ...change, problem, deadline })) === 'overtaken') return
    await wait(pause, stopping)
  }
}

/** One attempt, whose time is bounded whatever the validation does. */
async function validate(
  { view, challenge, thumbprint, accountUrl }: ChallengeToBegin,
  number: number,
  { validation, wait, report }: AttemptsOptions,
  stopping: AbortSignal,
): Promise<ValidationOutcome> {
  const { identifier, wildcard } = view.authorization
  const { type, token } = challenge
  const keyAuthorization = `${token}.${thumbprint}`
  const ending = new AbortController()
  const signal = AbortSignal.any([stopping, ending.signal])
  const about = { type, identifier, wildcard, token, keyAuthorization, accountUrl, number, signal }
  const isOver = wait(attemptMilliseconds, signal).then(() => unfinished('took too long'))
  try {
    return await Promise.race([validation.validate(about), isOver])
  } catch (error) {
    report(error)
    return unfinished('could not be made')
  } finally {
    ending.abort()
  }
}

function unfinished(what: string): ValidationOutcome {
  const type = problemType('serverInternal')
  const problem = { type, detail: `the validation ${what}` }
  return { status: 'invalid', problem, isRetryable: true }
}

/** Why the order is invalid: which of its identifiers was not proven, and how it was tried. */
function orderProblemOf({ view, challenge }: ChallengeToBegin, problem: AcmeProblem): AcmeProblem {
  const { identifier, wildcard } = view.authorization
  const name = wildcard ? `*.${identifier.value}` : identifier.value
  const { type, detail } = problem
  return {
    type,
    detail: `${challenge.type} did not prove ${name}: ${detail}`,
    subproblems: [{ type, detail, identifier }],
  }
}

function referenceOf({ view, challenge }: ChallengeToBegin) {
  const { id: authorizationId, orderId } = view.authorization
  return { id: challenge.id, authorizationId, orderId }
}
