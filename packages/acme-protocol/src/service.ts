import type { AcmeStore } from '@mayfly/db-adapters'
import type { RandomBytes } from '@mayfly/x509-profiles'
import { createAccountKeys } from './account-key.ts'
import { createAttempts } from './attempt.ts'
import type { Engine } from './context.ts'
import type { IdentifierPolicy, Incidents, RateLimits } from './decision-ports.ts'
import { directoryAnswer } from './directory.ts'
import { AcmeError } from './errors.ts'
import type { IssuancePort } from './issuance-port.ts'
import { createLocations, type Locations, parsePath } from './location.ts'
import { type AcmeAnswer, type AcmeRequest, encodeAnswer, type ResourceAnswer } from './message.ts'
import type { Nonces } from './nonce-keys.ts'
import { notFound } from './order.ts'
import { internalProblem, problemDocumentOf } from './problem.ts'
import type { AcmeProvisioner } from './provisioner.ts'
import { renewalInfo } from './renewal-info.ts'
import { findResource } from './resource.ts'
import { answerSigned } from './signed-request.ts'
import { takeOverStalled } from './stalled.ts'
import type { ValidationPort } from './validation-port.ts'

/** What {@link createAcmeService} works with. */
export interface AcmeServiceOptions {
  readonly store: AcmeStore
  readonly provisioner: AcmeProvisioner
  readonly issuance: IssuancePort
  readonly validation: ValidationPort
  /** Shared by all provisioners of a process. */
  readonly nonces: Nonces
  /** Every identifier is let through when left out. */
  readonly policy?: IdentifierPolicy
  /** Nothing is limited when left out. */
  readonly limits?: RateLimits
  /** There are none when left out. */
  readonly incidents?: Incidents
  readonly now: () => Date
  readonly random: RandomBytes
  /** Resolves after so long, at once when the signal is aborted. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>
  /** Told of errors whose cause no client is told; `requestId` is missing where no request waits. */
  readonly report: (error: unknown, requestId?: string) => void
}

/** The ACME server of one provisioner, RFC 8555, without HTTP. */
export interface AcmeService {
  /** Answers a request; whatever it is and whatever happens, it does not reject. */
  handle(request: AcmeRequest): Promise<AcmeAnswer>
  /**
   * Takes over validations whose instance is gone. `origin`, such as `https://ca.internal`, is what the accounts' URLs begin with.
   * Returns how many.
   */
  takeOverStalled(question: { readonly limit: number; readonly origin: string }): Promise<number>
  /** Resolves when no validation is under way here. */
  settled(): Promise<void>
  /** Gives up the validations that are under way here: another instance takes them over. */
  stop(): void
}

/** Makes the ACME server of a provisioner. */
export function createAcmeService(options: AcmeServiceOptions): AcmeService {
  const { store, provisioner, issuance, validation, now, random, wait, nonces, report } = options
  const attempts = createAttempts({
    store,
    validation,
    now,
    wait,
    report: (error) => report(error),
  })
  const engine: Engine = {
    store,
    provisioner,
    issuance,
    policy: options.policy ?? { findRefusals: async () => [] },
    limits: options.limits ?? { findReached: async () => undefined },
    incidents: options.incidents ?? { findWindow: async () => undefined },
    attempts,
    keys: createAccountKeys(),
    now,
    random,
  }
  return {
    handle: (request) => handle(request, engine, { nonces, report }),
    takeOverStalled: ({ limit, origin }) =>
      takeOverStalled(engine, { limit, locations: createLocations(origin, provisioner.name) }),
    settled: () => attempts.settled(),
    stop: () => attempts.stop(),
  }
}

type Surroundings = Pick<AcmeServiceOptions, 'nonces' | 'report'>

async function handle(
  request: AcmeRequest,
  engine: Engine,
  surroundings: Surroundings,
): Promise<AcmeAnswer> {
  const origin = URL.canParse(request.url) ? new URL(request.url).origin : ''
  const locations = createLocations(origin, engine.provisioner.name)
  try {
    return await answer(request, engine, locations, surroundings)
  } catch (cause) {
    const error = cause instanceof AcmeError ? cause : internalProblem(cause, request.requestId)
    if (error.cause !== undefined && error.code === 'serverInternal') {
      surroundings.report(error.cause, request.requestId)
    }
    const nonce = request.method === 'POST' ? await createNonceOrNone(surroundings) : undefined
    return encodeAnswer(problemAnswer(error), { index: locations.directory, nonce })
  }
}

async function answer(
  request: AcmeRequest,
  engine: Engine,
  locations: Locations,
  { nonces }: Surroundings,
): Promise<AcmeAnswer> {
  const path = parsePath(request.url)
  const resource =
    path?.provisionerName === engine.provisioner.name ? findResource(path.segments) : undefined
  if (resource === undefined) throw notFound(`resource ${request.url}`)
  if (resource.kind === 'signed') {
    assertMethod(request, ['POST'])
    const found = await answerSigned(request, resource, engine, { locations, nonces })
    return encodeAnswer(found, { index: locations.directory, nonce: await nonces.create() })
  }
  assertMethod(request, ['GET', 'HEAD'])
  switch (resource.kind) {
    case 'directory':
      return encodeAnswer(directoryAnswer(engine.provisioner, locations), {
        index: undefined,
        nonce: undefined,
      })
    case 'new-nonce': {
      const status = request.method === 'HEAD' ? 200 : 204
      return encodeAnswer({ status }, { index: locations.directory, nonce: await nonces.create() })
    }
    case 'renewal-info': {
      const found = await renewalInfo(engine, resource.id)
      return encodeAnswer(found, { index: locations.directory, nonce: undefined })
    }
  }
}

function assertMethod({ method }: AcmeRequest, allowed: readonly string[]): void {
  if (allowed.includes(method)) return
  throw new AcmeError('malformed', `${method} is not for this resource`, {
    status: 405,
    allow: allowed,
    hint: `Use ${allowed.join(' or ')}.`,
  })
}

function problemAnswer(error: AcmeError): ResourceAnswer {
  const { status, location, retryAfterSeconds, allow } = error
  const content = JSON.stringify(problemDocumentOf(error))
  return {
    status,
    text: { contentType: 'application/problem+json', content },
    ...(location === undefined ? {} : { location }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    ...(allow === undefined ? {} : { headers: { allow: allow.join(', ') } }),
  }
}

/** An error is told also when no nonce can be made. */
async function createNonceOrNone({ nonces, report }: Surroundings): Promise<string | undefined> {
  try {
    return await nonces.create()
  } catch (error) {
    report(error)
    return undefined
  }
}
