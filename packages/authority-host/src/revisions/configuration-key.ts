import { createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import {
  createSigner,
  encodePrivateKeyPem,
  generatePrivateKey,
  type Signer,
} from '@mayfly/keystore-hsm'
import { describeFileError, HostError } from '../errors.ts'
import { homeOf, loadConfiguration } from '../load-configuration.ts'
import { loadKey } from '../load-key.ts'
import { chooseReplaced, placeFiles } from '../place-files.ts'
import type { TrustedKeys } from './revision-chain.ts'
import { isConfigurationKey, keyIdOf } from './revision-signature.ts'

/** How a configuration key is to be made. */
export interface CreateConfigurationKeyOptions {
  readonly configurationPath: string
  /** Encrypts the private key. Not empty. */
  readonly password: string
  /** Where the private key goes; by default where the configuration says it is. */
  readonly keyPath?: string
  /** Where the public key goes; by default the first place where the configuration looks for one. */
  readonly publicKeyPath?: string
  /** Asked for each file that is there; `false`, or no such function, refuses. */
  readonly overwrite?: (path: string) => Promise<boolean>
}

/** A configuration key that was made. */
export interface CreatedConfigurationKey {
  readonly keyPath: string
  readonly publicKeyPath: string
  /** SHA-256 of the public key in hexadecimal, by which revisions name it. */
  readonly keyId: string
}

/**
 * Makes the Ed25519 key that signs revisions of the shared configuration: the private half encrypted, the public half for
 * every instance. Both files come to stand or none.
 *
 * @throws {HostError} `file_exists`, `file_unwritable`, and what reading the configuration throws.
 */
export async function createConfigurationKey(
  options: CreateConfigurationKeyOptions,
): Promise<CreatedConfigurationKey> {
  const { configurationPath, password } = options
  const configuration = await loadConfiguration(configurationPath)
  const paths = configurationKeyPaths(configuration, configurationPath)
  const keyPath = options.keyPath ?? paths.key
  const publicKeyPath = options.publicKeyPath ?? paths.publicKeys[0] ?? paths.key
  const replaced = await chooseReplaced([keyPath, publicKeyPath], options.overwrite)
  const privateKey = await generatePrivateKey({ kty: 'OKP', crv: 'Ed25519' })
  const publicKey = createPublicKey(privateKey)
  await placeFiles({
    directory: homeOf(configurationPath),
    folders: [],
    files: [
      { path: keyPath, content: await encodePrivateKeyPem(privateKey, { password }), mode: 0o600 },
      { path: publicKeyPath, content: pemOf(publicKey), mode: 0o644 },
    ],
    replaced,
  })
  return { keyPath, publicKeyPath, keyId: keyIdOf(publicKey) }
}

/** Where the keys of the shared configuration are. */
export interface ConfigurationKeyPaths {
  readonly key: string
  readonly publicKeys: readonly string[]
}

/** Returns where a configuration has its keys: where it says, names counting from its home folder, else there. */
export function configurationKeyPaths(
  { mayfly }: Pick<CaConfiguration, 'mayfly'>,
  configurationPath: string,
): ConfigurationKeyPaths {
  const home = homeOf(configurationPath)
  const publicKeys = mayfly.configurationPublicKeys ?? [join('certs', 'configuration_key.pub')]
  return {
    key: resolve(home, mayfly.configurationKey ?? join('secrets', 'configuration_key')),
    publicKeys: publicKeys.map((path) => resolve(home, path)),
  }
}

/**
 * Reads the public keys that an instance trusts.
 *
 * @throws {HostError} `key_unreadable` or `configuration_key_unfit`.
 */
export async function loadTrustedKeys(paths: readonly string[]): Promise<TrustedKeys> {
  const keys = await Promise.all(paths.map(loadPublicKey))
  return new Map(keys.map((key) => [keyIdOf(key), key]))
}

/** A configuration key in use. */
export interface ConfigurationSigner {
  readonly keyId: string
  sign(octets: Uint8Array): Promise<Uint8Array>
}

/**
 * Reads the private key that signs revisions; `findPassword` is asked if it is encrypted.
 *
 * @throws {HostError} `key_unreadable`, `key_decryption_failed`; `configuration_key_unfit` for a key of another kind, and
 * for one that no instance would trust.
 */
export async function loadConfigurationSigner(
  path: string,
  { keys, findPassword }: { keys: TrustedKeys; findPassword: () => Promise<string | undefined> },
): Promise<ConfigurationSigner> {
  const { privateKey } = await loadKey(path, findPassword, { member: 'mayfly.configurationKey' })
  assertConfigurationKey(privateKey, path)
  const signer: Signer = createSigner(privateKey)
  const keyId = keyIdOf(signer.publicKey)
  if (!keys.has(keyId)) {
    throw new HostError(
      'configuration_key_unfit',
      `the public key of ${path} is none of those that mayfly.configurationPublicKey names`,
      { hint: 'no instance would believe what it signs: add its public key there' },
    )
  }
  return { keyId, sign: (octets) => signer.sign(octets) }
}

async function loadPublicKey(path: string): Promise<KeyObject> {
  const text = await readText(path)
  const unfit = (reason: string, cause?: unknown): HostError =>
    new HostError('configuration_key_unfit', `mayfly.configurationPublicKey: ${path} ${reason}`, {
      cause,
      hint: 'name a PEM file with an Ed25519 or P-256 public key; a list names several',
    })
  const blocks = text.match(/^-----BEGIN PUBLIC KEY-----$/gm) ?? []
  if (blocks.length === 0 || text.includes('PRIVATE')) throw unfit('holds no public key in PEM')
  if (blocks.length > 1) {
    throw unfit('holds more than one key, of which only the first would be read')
  }
  const key = parsePublicKey(text)
  if (key === undefined) throw unfit('cannot be read as a public key')
  if (!isConfigurationKey(key)) throw unfit('is a key of another kind')
  return key
}

function parsePublicKey(text: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: text, format: 'pem' })
  } catch {
    return undefined
  }
}

function assertConfigurationKey(key: KeyObject, path: string): void {
  if (isConfigurationKey(key)) return
  throw new HostError(
    'configuration_key_unfit',
    `mayfly.configurationKey: ${path} is neither an Ed25519 nor a P-256 key`,
    { hint: "make one with 'mayfly ca config key'" },
  )
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = describeFileError(cause)
    throw new HostError(
      'key_unreadable',
      `mayfly.configurationPublicKey: open ${path} failed: ${reason}`,
      { cause, hint: 'copy it from where the configuration key was made' },
    )
  }
}

function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ format: 'pem', type: 'spki' }).toString()
}
