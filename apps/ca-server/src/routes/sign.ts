import { z } from 'zod'
import { parseBody } from '../http/request-body.ts'
import { answerIssued } from './issued.ts'
import type { Route } from './route.ts'
import { text } from './schema.ts'

const schema = z.object({
  csr: text,
  ott: text,
  notBefore: text,
  notAfter: text,
  templateData: z.unknown().optional(),
})

/** Answers only after the certificate and its spent token are durable. */
export const answerSign: Route = async (request, { authority, configuration }) => {
  const body = parseBody(schema, await request.loadBody())
  const { csr, ott, notBefore, notAfter, templateData } = body
  const issued = await authority.sign({
    certificationRequest: csr,
    oneTimeToken: ott,
    notBefore,
    notAfter,
    ...(templateData === undefined ? {} : { templateData }),
    requestId: request.requestId,
  })
  return answerIssued(issued, configuration.tls)
}
