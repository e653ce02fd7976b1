import { randomFillSync } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { initialisePki } from '@mayfly/authority-host'
import { openPrivateJwk, type PrivateJwk } from '@mayfly/jwt-tokens'
import { loadPrivateKey, writePrivateKey } from '@mayfly/keystore-hsm'

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
  const configurationPath = join(directory, 'config', 'ca.json')
  const passwordFile = join(directory, 'password.txt')
  await writeFile(passwordFile, `${password}\n`)
  const folder = {
    directory,
    configurationPath,
    passwordFile,
    rootPem: await readFile(join(directory, 'certs', 'root_ca.crt'), 'utf8'),
    rewrite: async (change: (document: Record<string, unknown>) => void) => {
      const document = JSON.parse(await readFile(configurationPath, 'utf8'))
      change(document)
      await writeFile(configurationPath, JSON.stringify(document))
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  }
  await folder.rewrite((document) => {
    document.logger = { format: 'json' }
  })
  const { authority } = JSON.parse(await readFile(configurationPath, 'utf8'))
  const provisionerKey = await openPrivateJwk(authority.provisioners[0].encryptedKey, password)
  return { ...folder, provisionerKey }
}
