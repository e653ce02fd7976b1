import { randomBytes } from 'node:crypto'
import {
  type AuthorityHost,
  HostError,
  type OpenAuthorityOptions,
  openAuthority,
} from '@mayfly/authority-host'
import { createOneTimeToken, openPrivateJwk, type PrivateJwk } from '@mayfly/jwt-tokens'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import { type Certificate, createCertificationRequest, createName } from '@mayfly/x509-profiles'

/** An hour after the real step made its folder. */
export const testTime: Date = new Date('2026-11-23T14:07:00Z')

export const now = (): Date => testTime
export const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))

export function open(
  configurationPath: string,
  options: Partial<OpenAuthorityOptions> = {},
): Promise<AuthorityHost> {
  return openAuthority({ configurationPath, now, random, ...options })
}

/** The private key of a host's first provisioner. */
export async function provisionerKey(host: AuthorityHost, password: string): Promise<PrivateJwk> {
  const [provisioner] = host.configuration.authority.provisioners
  if (!provisioner?.supported || !('key' in provisioner)) {
    throw new Error('there is no JWK provisioner')
  }
  return openPrivateJwk(provisioner.encryptedKey ?? '', password)
}

export function createToken(
  host: AuthorityHost,
  key: PrivateJwk,
  at: () => Date = now,
): Promise<string> {
  return createOneTimeToken({
    key,
    issuer: host.configuration.authority.provisioners[0]?.name ?? '',
    subject: 'web.internal',
    audience: 'https://localhost:9443/1.0/sign',
    now: at,
    random,
  })
}

/** Signs a certificate for `web.internal`. */
export async function sign(host: AuthorityHost, oneTimeToken: string): Promise<Certificate> {
  const certificationRequest = await createCertificationRequest({
    subject: createName({ commonName: 'web.internal' }),
    subjectAltNames: [],
    signer: createSigner(await generatePrivateKey()),
  })
  const request = { certificationRequest, oneTimeToken, requestId: 'request-1' }
  return (await host.authority.sign(request)).certificate
}

/** Returns the refusal of a call that must be refused. */
export async function refusalOf(call: Promise<unknown>): Promise<HostError> {
  try {
    await call
  } catch (error) {
    if (error instanceof HostError) return error
    throw error
  }
  throw new Error('the call was not refused')
}
