import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { initialisePki, pkiLayout } from '@mayfly/authority-host'
import { createOneTimeToken, openPrivateJwk } from '@mayfly/jwt-tokens'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { measuredName } from './identities.ts'

/** A PKI made for one measurement. */
export interface Pki {
  readonly home: string
  readonly passwordFile: string
  readonly port: number
  /** PEM of the root that clients trust. */
  readonly root: string
  /** The SQLite file; `undefined` without a database. */
  readonly databaseFile: string | undefined
  createToken(): Promise<string>
}

const ambient = { now: () => new Date(), random: (length: number) => randomBytes(length) }

export async function createPki(
  folder: string,
  { withDatabase }: { readonly withDatabase: boolean },
): Promise<Pki> {
  const home = join(folder, 'home')
  const passwordFile = join(folder, 'password.txt')
  const password = randomBytes(16).toString('hex')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  const port = await findFreePort()
  const { root } = await initialisePki({
    ...ambient,
    directory: home,
    name: 'Bench',
    password,
    server: {
      dnsNames: ['localhost'],
      address: `127.0.0.1:${port}`,
      provisionerName: 'bench',
      withDatabase,
    },
  })
  const configuration = JSON.parse(readFileSync(pkiLayout(home).configuration, 'utf8'))
  const key = await openPrivateJwk(configuration.authority.provisioners[0].encryptedKey, password)
  return {
    home,
    passwordFile,
    port,
    root: encodeCertificatePem(root),
    databaseFile: configuration.db?.dataSource,
    createToken: () =>
      createOneTimeToken({
        ...ambient,
        key,
        issuer: 'bench',
        subject: measuredName,
        sans: [measuredName],
        audience: `https://localhost:${port}/1.0/sign`,
        lifetimeSeconds: 1800,
      }),
  }
}

async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await new Promise((listens) => probe.once('listening', listens))
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  if (address === null || typeof address === 'string') throw new Error('no port to be had')
  return address.port
}
