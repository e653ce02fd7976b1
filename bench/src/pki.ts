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
  readonly passwordFile: string
  /** One for each server that is to run. */
  readonly instances: readonly Instance[]
  /** PEM of the root that clients trust. */
  readonly root: string
  /** Makes a token that is good for each instance. */
  createToken(): Promise<string>
}

/** A server to be: its `ca.json`, and the port of this machine that it names. */
interface Instance {
  readonly configuration: string
  readonly port: number
}

const ambient = { now: () => new Date(), random: (length: number) => randomBytes(length) }

export async function createPki(
  folder: string,
  options: {
    /** The `db` block; without one nothing is kept. */
    readonly database: Readonly<Record<string, string>> | undefined
    readonly instances: number
  },
): Promise<Pki> {
  const home = join(folder, 'home')
  const passwordFile = join(folder, 'password.txt')
  const password = randomBytes(16).toString('hex')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  const { root } = await initialisePki({
    ...ambient,
    directory: home,
    name: 'Bench',
    password,
    server: {
      dnsNames: ['localhost'],
      address: '127.0.0.1:0',
      provisionerName: 'bench',
      withDatabase: false,
    },
  })
  const configuration = JSON.parse(readFileSync(pkiLayout(home).configuration, 'utf8'))
  const instances: Instance[] = []
  for (let number = 1; number <= options.instances; number++) {
    const port = await findFreePort()
    const path = join(home, 'config', `ca-${number}.json`)
    const db = options.database === undefined ? {} : { db: options.database }
    writeFileSync(
      path,
      JSON.stringify({ ...configuration, address: `127.0.0.1:${port}`, ...db }, undefined, 2),
    )
    instances.push({ configuration: path, port })
  }
  const key = await openPrivateJwk(configuration.authority.provisioners[0].encryptedKey, password)
  return {
    passwordFile,
    instances,
    root: encodeCertificatePem(root),
    createToken: () =>
      createOneTimeToken({
        ...ambient,
        key,
        issuer: 'bench',
        subject: measuredName,
        sans: [measuredName],
        audience: 'https://localhost/1.0/sign',
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
