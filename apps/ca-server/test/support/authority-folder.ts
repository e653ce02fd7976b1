import { randomFillSync } from 'node:crypto'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialisePki } from '@mayfly/authority-host'
import { openPrivateJwk, type PrivateJwk } from '@mayfly/jwt-tokens'
import { loadPrivateKey, writePrivateKey } from '@mayfly/keystore-hsm'
import { z } from 'zod'

export const password = 'correct horse battery staple'
export const dnsName = 'localhost'
export const provisionerName = 'admin@example.org'

export const random = (length: number): Uint8Array => randomFillSync(new Uint8Array(length))

/** A folder as `ca init` makes it, and what a client of it knows. */
export interface AuthorityFolder {
  readonly directory: string
  readonly configurationPath: string
  readonly passwordFile: string
  readonly rootPem: string
  readonly provisionerKey: PrivateJwk
  /** Changes the document of `ca.json`. */
  rewrite(change: (document: Record<string, unknown>) => void): Promise<void>
  /** Puts another intermediate under the same root, with another key. */
  replaceIntermediate(): Promise<void>
  /** Another folder with the same keys, which costs less than making one. */
  copy(): Promise<AuthorityFolder>
  dispose(): Promise<void>
}

/**
 * Makes a folder that listens on a free port of 127.0.0.1 and logs JSON. Its key is not encrypted unless asked, since
 * 600 000 rounds at each start make tests slow.
 */
export async function createAuthorityFolder(
  options: { readonly withDatabase?: boolean; readonly withEncryptedKey?: boolean } = {},
): Promise<AuthorityFolder> {
  const directory = await mkdtemp(join(tmpdir(), 'mayfly-ca-'))
  await initialisePki({
    directory,
    name: 'Test',
    password,
    server: {
      dnsNames: [dnsName, '127.0.0.1'],
      address: '127.0.0.1:0',
      provisionerName,
      withDatabase: options.withDatabase ?? true,
    },
    now: () => new Date(),
    random,
  })
  if (!options.withEncryptedKey) {
    const path = join(directory, 'secrets', 'intermediate_ca_key')
    await writePrivateKey(path, await loadPrivateKey(path, { password }), { force: true })
  }
  const { authority } = await readDocument(join(directory, 'config', 'ca.json'))
  const provisionerKey = await openPrivateJwk(
    authority.provisioners[0]?.encryptedKey ?? '',
    password,
  )
  await writeFile(join(directory, 'password.txt'), `${password}\n`)
  const folder = await describeFolder(directory, provisionerKey)
  await folder.rewrite((document) => {
    document.logger = { format: 'json' }
  })
  return folder
}

async function describeFolder(
  directory: string,
  provisionerKey: PrivateJwk,
): Promise<AuthorityFolder> {
  const configurationPath = join(directory, 'config', 'ca.json')
  return {
    directory,
    configurationPath,
    passwordFile: join(directory, 'password.txt'),
    rootPem: await readFile(join(directory, 'certs', 'root_ca.crt'), 'utf8'),
    provisionerKey,
    rewrite: async (change) => {
      const document = anyDocumentSchema.parse(
        JSON.parse(await readFile(configurationPath, 'utf8')),
      )
      change(document)
      await writeFile(configurationPath, JSON.stringify(document))
    },
    replaceIntermediate: async () => {
      const other = await mkdtemp(join(tmpdir(), 'mayfly-intermediate-'))
      const root = {
        certificate: join(directory, 'certs', 'root_ca.crt'),
        key: join(directory, 'secrets', 'root_ca_key'),
        password,
      }
      const now = () => new Date()
      await initialisePki({ directory: other, name: 'Test', password, root, now, random })
      for (const file of ['certs/intermediate_ca.crt', 'secrets/intermediate_ca_key']) {
        await cp(join(other, file), join(directory, file), { force: true })
      }
      await rm(other, { recursive: true })
    },
    copy: async () => {
      const other = await mkdtemp(join(tmpdir(), 'mayfly-ca-'))
      await cp(directory, other, { recursive: true })
      const text = await readFile(configurationPath, 'utf8')
      await writeFile(join(other, 'config', 'ca.json'), text.replaceAll(directory, other))
      return describeFolder(other, provisionerKey)
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  }
}

async function readDocument(path: string): Promise<z.output<typeof documentSchema>> {
  return documentSchema.parse(JSON.parse(await readFile(path, 'utf8')))
}

const anyDocumentSchema = z.record(z.string(), z.unknown())

const documentSchema = z.looseObject({
  authority: z.looseObject({
    provisioners: z.array(z.looseObject({ encryptedKey: z.string().default('') })),
  }),
})
