import { randomBytes } from 'node:crypto'
import {
  createOneTimeToken,
  type ExpectedToken,
  generateProvisionerKey,
  importVerificationKey,
  type OneTimeTokenOptions,
  type PrivateJwk,
  type ProvisionerKey,
  type PublicJwk,
  type VerificationKey,
} from '../../src/index.ts'

/** The test's clock: a round number of seconds. */
export const now: Date = new Date('2026-11-23T12:00:00Z')

/** One provisioner for a whole test file. */
const provisionerKey: ProvisionerKey = await generateProvisionerKey()
export const publicJwk: PublicJwk = provisionerKey.publicJwk
export const privateJwk: PrivateJwk = provisionerKey.privateJwk

export const verificationKey: VerificationKey = importVerificationKey(publicJwk)

export const expected: ExpectedToken = {
  issuer: 'admin',
  audiences: ['https://ca.internal/1.0/sign', 'https://ca.internal/sign'],
  now,
}

/** A good token of the provisioner, except for what `changes` says. */
export function createToken(changes: Partial<OneTimeTokenOptions> = {}): Promise<string> {
  return createOneTimeToken({
    key: privateJwk,
    issuer: 'admin',
    subject: 'web.internal',
    audience: 'https://ca.internal:8443/1.0/sign',
    sans: ['web.internal'],
    now: () => now,
    random: randomBytes,
    ...changes,
  })
}
