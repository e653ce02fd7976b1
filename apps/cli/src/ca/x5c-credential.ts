import type { OneTimeTokenOptions } from '@mayfly/jwt-tokens'
import { parseCertificatePem } from '@mayfly/x509-profiles'
import { parseNamed } from '../certificates/named-file.ts'
import { readInput } from '../files/input-file.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { loadKeyPair } from './key-pair.ts'
import type { PasswordFiles } from './provisioner-key.ts'

/** The flags by which the holder of a certificate makes a token. */
export const x5cCredentialFlags = {
  'x5c-cert': {
    type: 'text',
    value: 'file',
    help: 'The certificate that vouches for the token, for a provisioner of type X5C; what else is in the file goes along.',
  },
  'x5c-key': {
    type: 'text',
    value: 'file',
    help: 'The private key of --x5c-cert.',
  },
  'x5c-chain': {
    type: 'text',
    value: 'file',
    repeatable: true,
    help: 'A file with more certificates between --x5c-cert and the roots of the provisioner.',
  },
} as const

/** The values of {@link x5cCredentialFlags}, of commands that have them. */
export interface X5cCredentialFlagValues {
  readonly 'x5c-cert'?: string | undefined
  readonly 'x5c-key'?: string | undefined
  readonly 'x5c-chain'?: readonly string[]
  /** Whether the certificates stand in the header that promises nothing of them. */
  readonly 'x5c-insecure'?: boolean
}

/** What the holder of a certificate puts into a token. */
export type X5cCredential = Pick<OneTimeTokenOptions, 'key' | 'kid' | 'x5c' | 'x5cInsecure'>

/** Whether the flags ask for a token by certificate. */
export function wantsX5c(flags: X5cCredentialFlagValues): boolean {
  return flags['x5c-cert'] !== undefined || flags['x5c-key'] !== undefined
}

/**
 * Loads the certificate and the key of the flags, and makes sure that they belong together. The key is named by its
 * file, as by step.
 *
 * @throws {CommandError} `flag_missing`, `file_unreadable`, `key_unfit`, `certificate_unfit`
 */
export async function loadX5cCredential(
  io: Io,
  flags: X5cCredentialFlagValues & PasswordFiles,
): Promise<X5cCredential> {
  const { 'x5c-cert': certificatePath, 'x5c-key': keyPath, 'x5c-chain': chainPaths = [] } = flags
  if (certificatePath === undefined) throw requiredByType('x5c-cert')
  if (keyPath === undefined) throw requiredByType('x5c-key')
  const { chain, privateKey } = await loadKeyPair(io, certificatePath, keyPath, {
    passwordFile: flags['provisioner-password-file'] ?? flags['password-file'],
  })
  const certificates = [...chain]
  for (const path of chainPaths) {
    const pem = (await readInput(io, path)).toString()
    certificates.push(...parseNamed(path, () => parseCertificatePem(pem)))
  }
  const ders = certificates.map(({ der }) => der)
  const header = flags['x5c-insecure'] ? { x5cInsecure: ders } : { x5c: ders }
  return { key: privateKey, kid: keyPath, ...header }
}

function requiredByType(flag: string): CommandError {
  return new CommandError('flag_missing', `provisioner type 'X5C' requires the '--${flag}' flag`)
}
