import { type Certificate, encodeCertificatePem } from '@mayfly/x509-profiles'
import { type Answer, answerJson } from '../http/answer.ts'
import { RequestError } from '../http/request-error.ts'
import type { Route } from './route.ts'

/** step-ca answers its lists with 201, and clients know it so. */
export const answerRoots: Route = (_request, { authority }) => answerList(authority.roots)

export const answerRootsPem: Route = (_request, { authority }) => answerPem(authority.roots)

export const answerIntermediates: Route = (_request, { authority }) => answerList(authority.chain)

export const answerIntermediatesPem: Route = (_request, { authority }) => answerPem(authority.chain)

export const answerFederation: Route = (_request, { authority }) =>
  answerList([...authority.roots, ...authority.federatedRoots])

export const answerRoot: Route = ({ parameter }, { authority }) => {
  const root = authority.findRoot(parameter)
  if (root !== undefined) return answerJson(200, { ca: encodeCertificatePem(root) })
  const sum = parameter.toLowerCase().replaceAll('-', '')
  throw new RequestError(
    'root_not_found',
    `root certificate with fingerprint "${sum}" was not found`,
  )
}

function answerList(certificates: readonly Certificate[]): Answer {
  return answerJson(201, { crts: certificates.map(encodeCertificatePem) })
}

function answerPem(certificates: readonly Certificate[]): Answer {
  const body = certificates.map(encodeCertificatePem).join('')
  return { status: 200, contentType: 'application/x-pem-file', body }
}
