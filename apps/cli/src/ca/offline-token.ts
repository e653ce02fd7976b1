import { existsSync } from 'node:fs'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import { createOneTimeToken, type SigningKey } from '@mayfly/jwt-tokens'
import { certificateFingerprint } from '@mayfly/x509-profiles'
import { errorReading, readInput } from '../files/input-file.ts'
import { CommandError, flagRequiredByCommand, flagRequiresFlag } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { configurationPathOf } from './configuration-path.ts'
import { type ConnectionInvocation, loadTrustedRoots, parseCaUrl } from './connection.ts'
import { fragmentOf, type TokenContents, type TokenMakerFlags } from './new-token.ts'
import { chooseProvisioner } from './provisioner-choice.ts'
import {
  encryptedKeyMissing,
  keyIdOf,
  loadSigningKey,
  openProvisionerKey,
} from './provisioner-key.ts'
import { loadX5cCredential, wantsX5c, type X5cCredential } from './x5c-credential.ts'

/** Where the offline token's maker finds things. */
export interface OfflineInvocation extends ConnectionInvocation {
  readonly io: Io
  readonly flags: ConnectionInvocation['flags'] &
    TokenMakerFlags & { readonly 'ca-config': string | undefined }
}

/**
 * Makes a one-time token without asking a CA: with a provisioner of `ca.json` where that file is, else with
 * `--provisioner` and `--key` alone.
 *
 * @throws {CommandError} `flag_missing`, `file_unreadable`, `provisioner_unfit`
 */
export async function makeOfflineToken(
  invocation: OfflineInvocation,
  { purpose, subject, sans, confirmation, validity }: TokenContents,
): Promise<string> {
  const { io, flags, home } = invocation
  const configuration = configurationPathOf(home, flags)
  const maker = existsSync(configuration)
    ? await makerOfConfiguration(invocation, configuration, purpose)
    : await makerOfFlags(invocation, purpose)
  const [root] = await loadTrustedRoots(invocation)
  if (root === undefined) throw flagRequiredByCommand(invocation.command, 'root')
  return await createOneTimeToken({
    ...maker,
    kid: flags.kid ?? maker.kid,
    subject,
    sha: certificateFingerprint(root),
    ...(sans === undefined ? {} : { sans }),
    ...(confirmation === undefined ? {} : { cnf: confirmation }),
    ...(validity ?? {}),
    now: validity === undefined ? io.now : () => validity.issuedAt,
    random: io.random,
  })
}

interface Maker extends X5cCredential {
  readonly issuer: string
  readonly audience: string
}

async function makerOfFlags(
  { command, flags, io }: OfflineInvocation,
  purpose: TokenContents['purpose'],
): Promise<Maker> {
  if (flags.provisioner === undefined) throw flagRequiresFlag('offline', 'provisioner')
  if (flags.key === undefined && !wantsX5c(flags)) throw flagRequiresFlag('offline', 'key')
  if (flags['ca-url'] === undefined) throw flagRequiredByCommand(command, 'ca-url')
  const audience = `${parseCaUrl(flags['ca-url'])}/1.0/${purpose}`
  const issuer = flags.provisioner
  if (flags.key === undefined) {
    const fragment = fragmentOf({ type: 'X5C', name: issuer })
    return {
      ...(await loadX5cCredential(io, flags)),
      issuer,
      audience: `${audience}${fragment}`,
    }
  }
  const key = await loadSigningKey(io, flags.key, flags)
  return { key, kid: keyIdOf(key), issuer, audience }
}

async function makerOfConfiguration(
  { flags, io }: OfflineInvocation,
  path: string,
  purpose: TokenContents['purpose'],
): Promise<Maker> {
  const { dnsNames, authority } = await loadConfiguration(io, path)
  const listing = authority.provisioners
  if (listing.length === 0) {
    throw new CommandError('provisioner_unfit', `error parsing ${path}: no provisioners found`)
  }
  const provisioner = await chooseProvisioner(io, listing, flags)
  const credential =
    provisioner.type === 'X5C'
      ? await loadX5cCredential(io, flags)
      : { key: await keyOfProvisioner(io, provisioner, flags), kid: provisioner.keyId }
  return {
    ...credential,
    issuer: provisioner.name,
    audience: `https://${dnsNames[0] ?? 'localhost'}/${purpose}${fragmentOf(provisioner)}`,
  }
}

/** Loads what a shared configuration needs only where there is one. */
async function loadConfiguration(io: Io, path: string): Promise<CaConfiguration> {
  const { parseFileConfiguration } = await import('@mayfly/authority-core/config')
  const text = (await readInput(io, path, errorReading)).toString()
  const configuration = parseFileConfiguration(text, { source: path })
  if (configuration.mayfly.configuration === 'file') return configuration
  const { loadEffectiveConfiguration } = await import('@mayfly/authority-host')
  const effective = await loadEffectiveConfiguration({ configurationPath: path })
  return effective.configuration
}

async function keyOfProvisioner(
  io: Io,
  { keyId, encryptedKey }: Awaited<ReturnType<typeof chooseProvisioner>>,
  flags: TokenMakerFlags,
): Promise<SigningKey> {
  if (flags.key !== undefined) return await loadSigningKey(io, flags.key, flags)
  if (encryptedKey !== undefined) return await openProvisionerKey(io, encryptedKey, flags)
  throw encryptedKeyMissing(keyId)
}
