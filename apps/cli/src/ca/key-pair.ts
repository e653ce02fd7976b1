import { createPublicKey, type KeyObject } from 'node:crypto'
import { parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import { type Certificate, parseCertificatePem, publicKeyOf } from '@mayfly/x509-profiles'
import { parseNamed } from '../certificates/named-file.ts'
import { errorReading, readInput } from '../files/input-file.ts'
import { rememberedPassword } from '../files/password.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { wantsPassword } from '../keys/key-text.ts'

/** A certificate, what was with it in its file, and its private key. */
export interface KeyPair {
  readonly certificate: Certificate
  /** The certificate first. */
  readonly chain: readonly Certificate[]
  readonly privateKey: KeyObject
}

/** How messages say that a file cannot be read. */
type Failure = (path: string, reason: string) => string

/**
 * Loads a certificate with its key, and makes sure that they belong together.
 *
 * @throws {CommandError} `file_unreadable`, `key_unfit`
 */
export async function loadKeyPair(
  io: Io,
  certificatePath: string,
  keyPath: string,
  {
    passwordFile,
    password,
    certificateFailure = errorReading,
    keyFailure = errorReading,
  }: {
    readonly passwordFile?: string | undefined
    readonly password?: (() => Promise<string>) | undefined
    readonly certificateFailure?: Failure
    readonly keyFailure?: Failure
  },
): Promise<KeyPair> {
  const pem = (await readInput(io, certificatePath, certificateFailure)).toString()
  const chain = parseNamed(certificatePath, () => parseCertificatePem(pem))
  const [certificate] = chain
  if (certificate === undefined) throw new TypeError('a chain without certificates')
  const privateKey = await loadLeafKey(io, keyPath, { passwordFile, password, failure: keyFailure })
  if (!createPublicKey(privateKey).equals(publicKeyOf(certificate))) {
    throw new CommandError(
      'key_unfit',
      `the key in ${keyPath} does not belong to the certificate in ${certificatePath}`,
    )
  }
  return { certificate, chain, privateKey }
}

/**
 * Loads a leaf's private key, asking for its password where it needs one.
 *
 * @throws {CommandError} `file_unreadable`
 */
export async function loadLeafKey(
  io: Io,
  path: string,
  {
    passwordFile,
    password = rememberedPassword(io, path, passwordFile),
    failure = errorReading,
  }: {
    readonly passwordFile?: string | undefined
    /** In the place of the file and the question. */
    readonly password?: (() => Promise<string>) | undefined
    readonly failure?: Failure
  },
): Promise<KeyObject> {
  const text = (await readInput(io, path, failure)).toString()
  if (!wantsPassword(text)) return await parsePrivateKeyPem(text, { name: path })
  return await parsePrivateKeyPem(text, { password: await password(), name: path })
}
