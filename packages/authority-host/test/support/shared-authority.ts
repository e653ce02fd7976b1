import { generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import type { JsonObject } from '@mayfly/authority-core/config'
import {
  type AuthorityHost,
  type ImportConfigurationOptions,
  importConfiguration,
  type OpenAuthorityOptions,
  openSharedConfiguration,
  type SharedConfiguration,
  type TrustedRevision,
} from '@mayfly/authority-host'
import { createOneTimeToken, generateProvisionerKey, type PrivateJwk } from '@mayfly/jwt-tokens'
import { parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import { copyStepFolder, editJson, type Folder } from './folder.ts'
import { now, open, random, testTime } from './host.ts'
import type { SharedDatabase, SharedDatabaseKind } from './shared-database.ts'

/** What its keys lie under takes its time: here they lie open. */
const openedKeys = new Map<string, Promise<string>>()

async function openKey(path: string): Promise<void> {
  const text = await readFile(path, 'utf8')
  const opened = openedKeys.get(text) ?? decrypt(text)
  openedKeys.set(text, opened)
  await writeFile(path, await opened)
}

async function decrypt(text: string): Promise<string> {
  const key = await parsePrivateKeyPem(text, { password: 'correct horse battery staple' })
  return key.export({ format: 'pem', type: 'pkcs8' }).toString()
}

/** Writes a new key that signs revisions, and its public half. */
export async function writeConfigurationKey(
  folder: Folder,
  name: string = 'configuration_key',
  { privateKey, publicKey }: KeyPairKeyObjectResult = generateKeyPairSync('ed25519'),
): Promise<void> {
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' })
  await writeFile(folder.file('secrets', name), pem)
  const publicPem = publicKey.export({ format: 'pem', type: 'spki' })
  await writeFile(folder.file('certs', `${name}.pub`), publicPem)
}

/** A folder whose shared part has been moved into a database, as revision 1. */
export interface SharedAuthority extends AsyncDisposable {
  readonly folder: Folder
  readonly database: SharedDatabase
  readonly configurationPath: string
  open(options?: Partial<OpenAuthorityOptions>): Promise<AuthorityHost>
  openShared(): Promise<SharedConfiguration>
  /** Commits what `change` makes of the newest document. */
  commit(change: (document: JsonObject) => JsonObject, comment?: string): Promise<TrustedRevision>
}

/** Makes an authority with its configuration key, `ca.json` still holding everything. */
export async function createUnsharedAuthority(kind: SharedDatabaseKind): Promise<SharedAuthority> {
  const folder = await copyStepFolder()
  const configurationPath = folder.file('config', 'ca.json')
  const database = kind.create(folder)
  await editJson(configurationPath, { db: database.db })
  await openKey(folder.file('secrets', 'intermediate_ca_key'))
  await writeConfigurationKey(folder)
  const openShared = (): Promise<SharedConfiguration> =>
    openSharedConfiguration({ configurationPath, now })
  let writer: Promise<SharedConfiguration> | undefined
  return {
    folder,
    database,
    configurationPath,
    open: (options = {}) => open(configurationPath, options),
    openShared,
    commit: async (change, comment = '') => {
      writer ??= openShared()
      const shared = await writer
      const current = await shared.current()
      const document = change(current?.document ?? {})
      return shared.commit({ parent: current?.number ?? 0, document, author: 'alice', comment })
    },
    [Symbol.asyncDispose]: async () => {
      await (await writer)?.[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      await folder[Symbol.asyncDispose]()
    },
  }
}

export async function createSharedAuthority(kind: SharedDatabaseKind): Promise<SharedAuthority> {
  const authority = await createUnsharedAuthority(kind)
  await importInto(authority)
  return authority
}

export function importInto(
  { configurationPath }: SharedAuthority,
  options: Partial<ImportConfigurationOptions> = {},
): ReturnType<typeof importConfiguration> {
  return importConfiguration({
    ...options,
    configurationPath,
    author: 'root',
    comment: 'moved',
    now,
  })
}

/** A provisioner that nobody has configured yet. */
export interface NewProvisioner {
  readonly entry: JsonObject
  /** A token for `web.internal`. */
  createToken(): Promise<string>
}

export async function createProvisioner(name: string): Promise<NewProvisioner> {
  const { publicJwk, privateJwk } = await generateProvisionerKey()
  return {
    entry: { type: 'JWK', name, key: { ...publicJwk } },
    createToken: () => createTokenOf(name, privateJwk),
  }
}

function createTokenOf(issuer: string, key: PrivateJwk): Promise<string> {
  return createOneTimeToken({
    key,
    issuer,
    subject: 'web.internal',
    audience: 'https://localhost:9443/1.0/sign',
    now: () => testTime,
    random,
  })
}

/** The document with one more provisioner. */
export function withProvisioner(document: JsonObject, entry: JsonObject): JsonObject {
  return withProvisioners(document, (provisioners) => [...provisioners, entry])
}

/** The document without the provisioner of a name. */
export function withoutProvisioner(document: JsonObject, name: string): JsonObject {
  return withProvisioners(document, (provisioners) =>
    provisioners.filter((each) => Object(each).name !== name),
  )
}

function withProvisioners(
  document: JsonObject,
  change: (provisioners: readonly unknown[]) => readonly unknown[],
): JsonObject {
  const authority: JsonObject = Object(document.authority)
  const { provisioners } = authority
  const present = Array.isArray(provisioners) ? provisioners : []
  return { ...document, authority: { ...authority, provisioners: change(present) } }
}
