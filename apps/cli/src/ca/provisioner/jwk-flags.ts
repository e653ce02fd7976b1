import { createPublicKey, type KeyObject } from 'node:crypto'
import type { JsonObject } from '@mayfly/authority-core/config'
import {
  compactSerializationOf,
  generateProvisionerKey,
  type Jwk,
  jwkThumbprint,
  type PrivateJwk,
  type PublicJwk,
  parseJwk,
  publicJwkOf,
  sealPrivateJwk,
} from '@mayfly/jwt-tokens'
import { parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import { readInput } from '../../files/input-file.ts'
import { loadFirstPassword, openWithPassword, passwordOfFile } from '../../files/password.ts'
import { CommandError, flagIncompatible } from '../../framework/errors.ts'
import type { Io } from '../../io.ts'
import { isPrivateJwk, kindOfKeyText, wantsPassword } from '../../keys/key-text.ts'
import { withQuestions } from '../../terminal/questions.ts'
import { chooseNewPassword } from '../new-password.ts'
import { isWrongPassword } from '../provisioner-key.ts'

/** The flags of a JWK provisioner. */
export const jwkFlags = {
  create: {
    type: 'boolean',
    help: 'Make a new key pair for the provisioner, whose private key is kept under a password.',
  },
  'public-key': {
    type: 'text',
    value: 'file',
    help: "The file with the provisioner's public key, JWK or PEM.",
  },
  'private-key': {
    type: 'text',
    value: 'file',
    help: 'The file with the private key (JWK, JWE or PEM), to be handed out under a password; without one, whoever makes tokens needs it as --key.',
  },
  'password-file': {
    type: 'text',
    value: 'file',
    help: "The file with the password of the provisioner's private key; asked for, or made up, if left out.",
  },
} as const

interface JwkFlagValues {
  readonly create: boolean
  readonly 'public-key': string | undefined
  readonly 'private-key': string | undefined
  readonly 'password-file': string | undefined
}

/**
 * Returns the members `key` and `encryptedKey` of a new JWK provisioner.
 *
 * @throws {CommandError} `flag_conflict`, `flag_missing`, `file_unreadable`, `key_unfit`
 */
export async function loadNewKey(
  io: Io,
  flags: JwkFlagValues,
  given: ReadonlySet<string>,
): Promise<JsonObject> {
  const { create, 'public-key': publicPath, 'private-key': privatePath } = flags
  if (create) return await createKey(io, flags, given)
  if (publicPath === undefined) {
    throw new CommandError('flag_missing', "'--create false' requires the '--public-key' flag", {
      hint: '--create makes a key pair, kept under a password',
    })
  }
  const key = await loadPublicKey(io, publicPath)
  if (privatePath === undefined) return { key }
  return { key, encryptedKey: await loadPrivateKey(io, flags, { key, path: privatePath }) }
}

/**
 * Returns what the given flags change of `key` and `encryptedKey`; an empty `--private-key` takes the private key away,
 * and so does another public key.
 *
 * @throws {CommandError} `flag_conflict`, `file_unreadable`, `key_unfit`
 */
export async function loadUpdatedKey(
  io: Io,
  flags: JwkFlagValues,
  given: ReadonlySet<string>,
  present: JsonObject,
): Promise<JsonObject> {
  const { create, 'public-key': publicPath, 'private-key': privatePath } = flags
  if (create) return await createKey(io, flags, given)
  const former = publicJwkOf(parseJwk(JSON.stringify(present.key ?? {})))
  const key = publicPath === undefined ? former : await loadPublicKey(io, publicPath)
  const changed = publicPath === undefined ? {} : { key }
  if (privatePath !== undefined) {
    const encryptedKey = await loadPrivateKey(io, flags, { key, path: privatePath })
    return { ...changed, encryptedKey }
  }
  const isOther = jwkThumbprint(key) !== jwkThumbprint(former)
  return given.has('private-key') || isOther ? { ...changed, encryptedKey: undefined } : changed
}

async function createKey(
  io: Io,
  flags: JwkFlagValues,
  given: ReadonlySet<string>,
): Promise<JsonObject> {
  for (const flag of ['public-key', 'private-key']) {
    if (given.has(flag)) throw flagIncompatible('create', flag)
  }
  const password = await newPassword(io, flags)
  const { publicJwk, privateJwk } = await generateProvisionerKey()
  return { key: publicJwk, encryptedKey: await sealPrivateJwk(privateJwk, password) }
}

async function newPassword(
  io: Io,
  { 'password-file': path }: Pick<JwkFlagValues, 'password-file'>,
): Promise<string> {
  const password = await loadFirstPassword(io, [path])
  if (password !== undefined) return password
  const instead = "the provisioner's password was to be asked: use --password-file FILE"
  return await withQuestions(io, instead, (questions) =>
    chooseNewPassword(io, questions, {
      label:
        "Please enter a password to encrypt the provisioner private key? [leave empty and we'll generate one]",
      neededBy: 'whoever makes tokens needs',
    }),
  )
}

/** Of a private key or a certificate, too, only the public key is taken. */
async function loadPublicKey(io: Io, path: string): Promise<PublicJwk> {
  const text = (await readInput(io, path)).toString()
  switch (kindOfKeyText(text, path)) {
    case 'pem':
      return jwkOf(parsePublicPem(text, path))
    case 'jwk': {
      const jwk = publicJwkOf(asymmetric(parseJwk(text)))
      return publicJwkOf({ ...jwk, kid: jwk.kid || jwkThumbprint(jwk) })
    }
    case 'jwe':
      throw new CommandError('key_unfit', `error reading ${path}: it is a private key`, {
        hint: 'give it as --private-key, and its public key as --public-key',
      })
  }
}

function asymmetric(jwk: Jwk): Jwk {
  if (jwk.kty !== 'oct') return jwk
  throw new CommandError(
    'key_unfit',
    'invalid JWK: a symmetric key cannot be used as a provisioner',
  )
}

function parsePublicPem(text: string, path: string): KeyObject {
  try {
    return createPublicKey(text)
  } catch {
    // The lower error may quote what it was given, and that may be a private key.
    const message = `error parsing ${path}: it holds no public key that can be read`
    throw new CommandError('key_unfit', message)
  }
}

/** As step makes it of PEM: the thumbprint for `kid`, `alg` by the kind of the key, and no `use`. */
function jwkOf(key: KeyObject): PublicJwk {
  const { kty = '', crv, x, y, n, e } = key.export({ format: 'jwk' })
  const alg = kty === 'EC' ? algorithmByCurve.get(crv ?? '') : algorithmByType.get(kty)
  return publicJwkOf({ kty, kid: jwkThumbprint({ kty, crv, x, y, n, e }), crv, alg, x, y, n, e })
}

const algorithmByCurve: ReadonlyMap<string, string> = new Map([
  ['P-256', 'ES256'],
  ['P-384', 'ES384'],
  ['P-521', 'ES512'],
])

const algorithmByType: ReadonlyMap<string, string> = new Map([
  ['OKP', 'EdDSA'],
  ['RSA', 'RS256'],
])

/** Returns the private key under a password: its own if it has one as a JWE, else a new one. */
async function loadPrivateKey(
  io: Io,
  flags: JwkFlagValues,
  { key, path }: { readonly key: PublicJwk; readonly path: string },
): Promise<string> {
  const text = (await readInput(io, path)).toString()
  const kind = kindOfKeyText(text, path)
  if (kind === 'jwe') return compactSerializationOf(text)
  const secret =
    kind === 'jwk' ? privatePart(parseJwk(text)) : await privatePem(io, flags, { path, text })
  if (jwkThumbprint(secret) !== jwkThumbprint(key)) {
    throw new CommandError('key_unfit', `the key in ${path} does not belong to the public key`)
  }
  const { use, kty, kid, crv, alg, x, y, n, e } = key
  const { d, p, q, dp, dq, qi } = secret
  const sealed = { use, kty, kid, crv, alg, x, y, n, e, d, p, q, dp, dq, qi }
  return await sealPrivateJwk(sealed, await newPassword(io, flags))
}

function privatePart(jwk: Jwk): PrivateJwk {
  if (isPrivateJwk(jwk)) return jwk
  throw new CommandError('key_unfit', 'invalid jwk: private-key is a public key')
}

async function privatePem(
  io: Io,
  { 'password-file': passwordFile }: JwkFlagValues,
  { path, text }: { readonly path: string; readonly text: string },
): Promise<PrivateJwk> {
  const key = wantsPassword(text)
    ? await openWithPassword(io, {
        password: await loadFirstPassword(io, [passwordFile]),
        question: passwordOfFile(path, 'password-file'),
        tries: 1,
        isWrongPassword,
        open: (password) => parsePrivateKeyPem(text, { password, name: path }),
      })
    : await parsePrivateKeyPem(text, { name: path })
  return privatePart(parseJwk(JSON.stringify(key.export({ format: 'jwk' }))))
}
