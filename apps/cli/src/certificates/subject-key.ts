import { createPublicKey, type KeyObject } from 'node:crypto'
import { generatePrivateKey, type KeyType } from '@mayfly/keystore-hsm'
import { loadLeafKey } from '../ca/key-pair.ts'
import { errorReading, readInput } from '../files/input-file.ts'
import { CommandError } from '../framework/errors.ts'
import type { Io } from '../io.ts'

/** The key that a certificate is for: whole, or its public half alone. */
export interface SubjectKey {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject | undefined
}

/** Makes a new key. */
export async function makeSubjectKey(type: KeyType): Promise<SubjectKey> {
  const privateKey = await generatePrivateKey(type)
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

/**
 * The private key, where one is needed.
 *
 * @throws {CommandError} `key_unfit` when only the public half is there.
 */
export function privateKeyOf({ privateKey }: SubjectKey): KeyObject {
  if (privateKey !== undefined) return privateKey
  throw new CommandError('key_unfit', 'invalid value for flag --key: a private key is required')
}

/**
 * Loads the key of `--key`, PEM; a public key alone only where `allowsPublicKey`.
 *
 * @throws {CommandError} `file_unreadable`, `key_unfit`, `flag_missing`
 */
export async function loadSubjectKey(
  io: Io,
  path: string,
  {
    passwordFile,
    allowsPublicKey,
  }: { readonly passwordFile: string | undefined; readonly allowsPublicKey: boolean },
): Promise<SubjectKey> {
  const text = (await readInput(io, path, errorReading)).toString()
  if (!text.includes('-----BEGIN PUBLIC KEY-----')) {
    const privateKey = await loadLeafKey(io, path, { passwordFile })
    return { privateKey, publicKey: createPublicKey(privateKey) }
  }
  if (!allowsPublicKey) {
    throw new CommandError(
      'flag_missing',
      "flag '--skip-csr-signature' is required with a public key",
    )
  }
  try {
    return { publicKey: createPublicKey(text), privateKey: undefined }
  } catch (cause) {
    throw new CommandError('key_unfit', `error parsing ${path}: not a PUBLIC KEY`, { cause })
  }
}
