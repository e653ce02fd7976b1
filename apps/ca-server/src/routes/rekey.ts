import { z } from 'zod'
import { parseBody } from '../http/request-body.ts'
import { answerIssued } from './issued.ts'
import { clientCertificateMissing } from './renew.ts'
import type { Route } from './route.ts'
import { text } from './schema.ts'

const schema = z.object({ csr: text })

/** Answers only after the certificate for the new key is durable. */
export const answerRekey: Route = async (request, { authority, configuration }) => {
  const presented = request.findPeerCertificate()
  if (presented === undefined) throw clientCertificateMissing()
  const { csr } = parseBody(schema, await request.loadBody())
  const issued = await authority.rekey({
    credential: { kind: 'certificate', ...presented },
    certificationRequest: csr,
    requestId: request.requestId,
  })
  return answerIssued(issued, configuration.tls)
}
