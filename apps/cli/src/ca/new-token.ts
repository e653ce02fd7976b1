import { createOneTimeToken } from '@mayfly/jwt-tokens'
import type { Io } from '../io.ts'
import type { ReachedAuthority } from './certificate-authority.ts'
import { type ChosenProvisioner, chooseProvisioner } from './provisioner-choice.ts'
import { loadSigningKey, openProvisionerKey, type PasswordFiles } from './provisioner-key.ts'
import type { TokenValidity } from './token-validity.ts'
import { loadX5cCredential, type X5cCredentialFlagValues } from './x5c-credential.ts'

/** Who signs a token. */
export interface TokenMakerFlags extends PasswordFiles, X5cCredentialFlagValues {
  readonly kid: string | undefined
  readonly provisioner: string | undefined
  /** A file with the provisioner's private key, instead of the one the CA keeps. */
  readonly key: string | undefined
}

/** What a token says. */
export interface TokenContents {
  readonly purpose: 'sign' | 'revoke'
  readonly subject: string
  readonly sans?: readonly string[]
  readonly confirmation?: string
  readonly user?: Readonly<Record<string, unknown>>
  readonly validity?: TokenValidity
}

/** Makes a one-time token with a provisioner of the CA; asks for what the flags leave open. */
export async function makeOneTimeToken(
  io: Io,
  { client, rootFingerprint }: ReachedAuthority,
  flags: TokenMakerFlags,
  { purpose, subject, sans, confirmation, user, validity }: TokenContents,
): Promise<string> {
  const provisioner = await chooseProvisioner(io, await client.provisioners(), flags)
  const credential =
    provisioner.type === 'X5C'
      ? await loadX5cCredential(io, flags)
      : {
          key:
            flags.key === undefined
              ? await openProvisionerKey(io, await client.encryptedKey(provisioner.keyId), flags)
              : await loadSigningKey(io, flags.key, flags),
          kid: provisioner.keyId,
        }
  return await createOneTimeToken({
    ...credential,
    issuer: provisioner.name,
    subject,
    audience: `${client.url}/1.0/${purpose}${fragmentOf(provisioner)}`,
    sha: rootFingerprint,
    ...(sans === undefined ? {} : { sans }),
    ...(confirmation === undefined ? {} : { cnf: confirmation }),
    ...(user === undefined ? {} : { user }),
    ...(validity ?? {}),
    now: validity === undefined ? io.now : () => validity.issuedAt,
    random: io.random,
  })
}

/** A provisioner that goes by certificates is named in the audience of its tokens; its name goes in as it is. */
export function fragmentOf({
  type,
  name,
}: Pick<ChosenProvisioner, 'type' | 'name'>): '' | `#x5c/${string}` {
  return type === 'X5C' ? `#x5c/${name}` : ''
}
