import {
  jwkThumbprint,
  openPrivateJwk,
  parseJwk,
  type SigningKey,
  TokenError,
} from '@mayfly/jwt-tokens'
import { KeystoreError, parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import { errorReading, readInput } from '../files/input-file.ts'
import { loadFirstPassword, openWithPassword, passwordOfFile } from '../files/password.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'
import { isPrivateJwk, kindOfKeyText, wantsPassword } from '../keys/key-text.ts'

/** The flags that name password files of a provisioner's key. The first that is given counts. */
export const provisionerPasswordFlags = {
  'provisioner-password-file': {
    type: 'text',
    value: 'file',
    help: "The file with the password of the provisioner's key; asked for if left out.",
  },
  'password-file': {
    type: 'text',
    value: 'file',
    help: 'The same, if --provisioner-password-file is left out.',
  },
} as const

export interface PasswordFiles {
  readonly 'provisioner-password-file': string | undefined
  readonly 'password-file': string | undefined
}

/**
 * Opens a provisioner's sealed key with the password from a file, or asked for, three times at most.
 *
 * @throws {TokenError} `key_decryption_failed`
 */
export async function openProvisionerKey(
  io: Io,
  encryptedKey: string,
  files: PasswordFiles,
): Promise<SigningKey> {
  return await openWithPassword(io, {
    password: await loadProvisionerPassword(io, files),
    question: {
      label: 'Please enter the password to decrypt the provisioner key',
      what: "the provisioner's password",
      flag: 'provisioner-password-file',
    },
    tries: 3,
    isWrongPassword,
    open: (password) => openPrivateJwk(encryptedKey, password),
  })
}

/**
 * Reads the key of `--key`: a JWK, a JWE, or PEM.
 *
 * @throws {CommandError} `file_unreadable`, `key_unfit`
 */
export async function loadSigningKey(
  io: Io,
  path: string,
  files: PasswordFiles,
): Promise<SigningKey> {
  const text = (await readInput(io, path, errorReading)).toString()
  const question = passwordOfFile(path, 'provisioner-password-file')
  switch (kindOfKeyText(text, path)) {
    case 'pem':
      if (!wantsPassword(text)) return await parsePrivateKeyPem(text, { name: path })
      return await openWithPassword(io, {
        password: await loadProvisionerPassword(io, files),
        question,
        tries: 1,
        isWrongPassword,
        open: (password) => parsePrivateKeyPem(text, { password, name: path }),
      })
    case 'jwk': {
      const jwk = parseJwk(text)
      if (isPrivateJwk(jwk)) return jwk
      throw new CommandError('key_unfit', 'cannot use a public key for signing')
    }
    case 'jwe':
      return await openWithPassword(io, {
        password: await loadProvisionerPassword(io, files),
        question,
        tries: 3,
        isWrongPassword,
        open: (password) => openPrivateJwk(text, password),
      })
  }
}

/** Says that a provisioner keeps no private key for others to open. */
export function encryptedKeyMissing(keyId: string): CommandError {
  return new CommandError(
    'provisioner_unfit',
    `provisioner '${keyId}' does not have an 'encryptedKey' property`,
  )
}

/** The key id a signing key goes by: its own, else its thumbprint. */
export function keyIdOf(key: SigningKey): string {
  return ('kty' in key ? key.kid : undefined) ?? jwkThumbprint(key)
}

/** Tells a wrong password from other failures to open a key. */
export function isWrongPassword(error: unknown): boolean {
  return (
    (error instanceof TokenError || error instanceof KeystoreError) &&
    error.code === 'key_decryption_failed'
  )
}

async function loadProvisionerPassword(io: Io, files: PasswordFiles): Promise<string | undefined> {
  return await loadFirstPassword(io, [files['provisioner-password-file'], files['password-file']])
}
