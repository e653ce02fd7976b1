import type { RenewalCredential } from '@mayfly/authority-core'
import { RequestError } from '../http/request-error.ts'
import { answerIssued } from './issued.ts'
import type { Route, RouteRequest } from './route.ts'

/** Answers only after the renewed certificate is durable. */
export const answerRenew: Route = async (request, { authority, configuration }) => {
  const credential = findCredential(request)
  const issued = await authority.renew({ credential, requestId: request.requestId })
  return answerIssued(issued, configuration.tls)
}

/** A certificate of the connection goes before a token in the header. */
function findCredential(request: RouteRequest): RenewalCredential {
  const presented = request.findPeerCertificate()
  if (presented !== undefined) return { kind: 'certificate', ...presented }
  const token = /^Bearer (.+)$/.exec(request.authorization ?? '')?.[1]
  if (token !== undefined) return { kind: 'token', token }
  throw clientCertificateMissing()
}

export function clientCertificateMissing(): RequestError {
  return new RequestError('client_certificate_missing', 'missing client certificate')
}
