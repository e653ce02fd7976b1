import type { Authority, PresentedCertificate } from '@mayfly/authority-core'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import type { Health } from '../health/health.ts'
import type { Answer } from '../http/answer.ts'

/** A request as routes see it. */
export interface RouteRequest {
  readonly requestId: string
  /** The variable part of the path, decoded; `''` where there is none. */
  readonly parameter: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  /** @throws {RequestError} `body_too_large` or `body_interrupted`. */
  loadBody(): Promise<Uint8Array>
  /** What the client presented in the handshake; nothing about it is trusted. */
  findPeerCertificate(): PresentedCertificate | undefined
}

/** The authority and configuration in force when the request came. */
export interface RouteContext {
  readonly authority: Authority
  readonly configuration: CaConfiguration
  readonly health: Health
}

/** Answers one kind of request; what it throws becomes an answer by the table of errors. */
export type Route = (request: RouteRequest, context: RouteContext) => Answer | Promise<Answer>
