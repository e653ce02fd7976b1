import type { PresentedCertificate, RevocationCredential } from '@mayfly/authority-core'
import { z } from 'zod'
import { type Answer, answerJson } from '../http/answer.ts'
import { parseBody } from '../http/request-body.ts'
import { RequestError } from '../http/request-error.ts'
import { describeCertificate } from '../log/certificate-fields.ts'
import type { LogFields } from '../log/line-fields.ts'
import type { Route, RouteRequest } from './route.ts'
import { flag, text } from './schema.ts'
import { parseSerialNumber } from './serial-number.ts'

const schema = z.object({
  serial: text,
  ott: text,
  reasonCode: z
    .int()
    .nullish()
    .transform((code) => code ?? 0),
  reason: text,
  passive: flag,
  withRenewals: flag,
})

type RevokeBody = z.output<typeof schema>

/**
 * `POST /revoke`. With `"withRenewals": true`, an addition to step-ca's, the answer lists in `serials` what was newly
 * revoked; a CA that does not know the member leaves the list out, and so tells that it revoked the one certificate only.
 */
export const answerRevoke: Route = async (request, { authority }): Promise<Answer> => {
  const body = parseBody(schema, await request.loadBody())
  const serialNumber = parseSerialNumber(body.serial)
  assertSupported(body)
  const credential = findCredential(request, body.ott)
  const { reasonCode, reason, withRenewals } = body
  const { requestId } = request
  const { serialNumbers } = await authority.revoke({
    serialNumber,
    reasonCode,
    reason,
    credential,
    withRenewals,
    requestId,
  })
  return answerJson(
    200,
    { status: 'ok', ...(withRenewals ? { serials: serialNumbers.map(String) } : {}) },
    describe(body, { serialNumber, serialNumbers, credential }),
  )
}

function assertSupported({ reasonCode, passive }: RevokeBody): void {
  if (reasonCode < 0 || reasonCode > 10) {
    throw new RequestError('reason_code_out_of_bounds', 'reasonCode out of bounds')
  }
  if (!passive) {
    throw new RequestError('revocation_not_passive', 'non-passive revocation not implemented')
  }
}

/** A token in the body goes before a certificate of the connection. */
function findCredential(request: RouteRequest, ott: string): RevocationCredential {
  if (ott !== '') return { kind: 'token', token: ott }
  const presented = request.findPeerCertificate()
  if (presented !== undefined) return { kind: 'certificate', ...presented }
  throw new RequestError('revocation_credential_missing', 'missing ott or client certificate')
}

function describe(
  { reasonCode, reason }: RevokeBody,
  revoked: {
    serialNumber: bigint
    serialNumbers: readonly bigint[]
    credential: RevocationCredential
  },
): LogFields {
  const { credential, serialNumber, serialNumbers } = revoked
  const others = serialNumbers.filter((each) => each !== serialNumber)
  return {
    ...(credential.kind === 'certificate' ? describePresented(credential) : {}),
    serial: String(serialNumber),
    reasonCode,
    reason,
    passiveOnly: true,
    mTLS: credential.kind === 'certificate',
    ...(others.length === 0 ? {} : { 'with-renewals': others.join(',') }),
  }
}

function describePresented({ certificate }: PresentedCertificate): LogFields {
  const { provisioner } = certificate
  return describeCertificate(
    certificate,
    provisioner && { ...provisioner, type: String(provisioner.type) },
  )
}
