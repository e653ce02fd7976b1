import type { AcmeAccountRecord, AcmeNonce, AcmeStore } from '@mayfly/db-adapters'
import type { RandomBytes } from '@mayfly/x509-profiles'
import type { AccountKey, AccountKeys } from './account-key.ts'
import type { Attempts } from './attempt.ts'
import type { IdentifierPolicy, Incidents, RateLimits } from './decision-ports.ts'
import type { IssuancePort } from './issuance-port.ts'
import type { Locations } from './location.ts'
import type { ResourceAnswer } from './message.ts'
import type { AcmeProvisioner } from './provisioner.ts'

/** What the engine works with, the same for all requests. */
export interface Engine {
  readonly store: AcmeStore
  readonly provisioner: AcmeProvisioner
  readonly issuance: IssuancePort
  readonly policy: IdentifierPolicy
  readonly limits: RateLimits
  readonly incidents: Incidents
  readonly attempts: Attempts
  readonly keys: AccountKeys
  readonly now: () => Date
  readonly random: RandomBytes
}

/** The nonce of a request: whoever changes something spends it with the change. */
export interface RequestNonce {
  /** The nonce for a method of the store, which spends it whatever its outcome. */
  take(): AcmeNonce
  /** Says that the nonce was not spent after all. */
  release(): void
  /**
   * Spends the nonce by itself, unless it is spent: before a change that is made elsewhere, or where nothing is changed.
   *
   * @throws {AcmeError} `badNonce` when another request has spent it.
   */
  spend(): Promise<void>
}

/** A request whose signature holds. */
export interface SignedRequest {
  /** The URL that was asked for, which is also the one that was signed. */
  readonly url: string
  /** The ids in the path. */
  readonly ids: readonly string[]
  readonly payload: Uint8Array
  readonly nonce: RequestNonce
  readonly locations: Locations
  readonly requestId: string
}

/** A request of an account: `kid` stood in its header. */
export interface AccountRequest extends SignedRequest {
  readonly account: AcmeAccountRecord
  readonly key: AccountKey
  readonly kid: string
}

/** A request by a key: `jwk` stood in its header. */
export interface KeyRequest extends SignedRequest {
  readonly key: AccountKey
}

/** Answers the requests of one resource. */
export type Handler<Request> = (engine: Engine, request: Request) => Promise<ResourceAnswer>

/** Draws the id of a new object: 24 octets, 32 characters. */
export function drawId(random: RandomBytes): string {
  return Buffer.from(random(24)).toString('base64url')
}
