import type { KeyObject } from 'node:crypto'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  createCertificationRequest,
  createName,
  encodeCertificationRequestPem,
  guessGeneralName,
} from '@mayfly/x509-profiles'
import { z } from 'zod'
import { call } from './http-client.ts'
import type { RunningServer } from './running-server.ts'

export interface KeyAndRequest {
  readonly privateKey: KeyObject
  readonly keyPem: string
  readonly csr: string
}

export async function createCsr(
  subject: string = 'web.internal',
  names: readonly string[] = [subject],
  privateKey?: KeyObject,
): Promise<KeyAndRequest> {
  const key = privateKey ?? (await generatePrivateKey())
  const request = await createCertificationRequest({
    subject: createName({ commonName: subject }),
    subjectAltNames: names.map(guessGeneralName),
    signer: createSigner(key),
  })
  return {
    privateKey: key,
    keyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    csr: encodeCertificationRequestPem(request),
  }
}

/** What sign, renew and rekey answer. */
export interface IssuedBody {
  readonly crt: string
  readonly ca: string
  readonly certChain: readonly string[]
  readonly tlsOptions: {
    readonly cipherSuites: readonly string[]
    readonly minVersion: number
    readonly maxVersion: number
    readonly renegotiation: boolean
  }
}

export const issuedSchema: z.ZodType<IssuedBody> = z.object({
  crt: z.string(),
  ca: z.string(),
  certChain: z.array(z.string()),
  tlsOptions: z.object({
    cipherSuites: z.array(z.string()),
    minVersion: z.number(),
    maxVersion: z.number(),
    renegotiation: z.boolean(),
  }),
})

export interface Identity extends KeyAndRequest {
  readonly leafPem: string
  readonly chainPem: string
}

/** Has the running server issue a certificate, five minutes long unless said. */
export async function obtainCertificate(
  { port, createToken }: Pick<RunningServer, 'port' | 'createToken'>,
  rootPem: string,
  { notAfter = '5m', subject = 'web.internal' }: { notAfter?: string; subject?: string } = {},
): Promise<Identity> {
  const request = await createCsr(subject)
  const body = { csr: request.csr, ott: await createToken({ subject }), notAfter }
  const { status, json, text } = await call('/sign', { port, rootPem, body })
  if (status !== 201) throw new Error(`sign answered ${status}: ${text}`)
  const { crt, certChain } = issuedSchema.parse(json)
  return { ...request, leafPem: crt, chainPem: certChain.join('') }
}
