import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createSigner, parsePrivateKeyPem } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  createName,
  guessGeneralName,
  type Issuer,
  issue,
  leafProfile,
  parseCertificatePem,
} from '@mayfly/x509-profiles'
import type { DatabaseServer, TestDatabase } from './database-server.ts'
import type { Folder } from './folder.ts'
import { random, testTime } from './host.ts'

/** A row of a table, in text or octets; `null` is what step-ca leaves of a value that it deleted. */
export type StepRow = readonly [key: string, value: string | Uint8Array | null]

/** Tables as step-ca makes them. */
export const certificateTables = [
  'x509_certs',
  'x509_certs_data',
  'revoked_x509_certs',
  'used_ott',
  'nonces',
] as const

export const acmeTables = [
  'acme_accounts',
  'acme_account_orders_index',
  'acme_orders',
  'acme_authzs',
  'acme_challenges',
  'acme_certs',
  'acme_external_account_keys',
  'provisioners',
] as const

type StepTable = (typeof certificateTables | typeof acmeTables)[number]

/** A database as step-ca would have made it. */
export class StepDatabase {
  readonly #server: DatabaseServer
  readonly #database: TestDatabase

  static async create(
    server: DatabaseServer,
    database: TestDatabase,
    tables: readonly StepTable[],
  ): Promise<StepDatabase> {
    await database.create()
    const made = new StepDatabase(server, database)
    const types =
      server.type === 'mysql'
        ? 'nkey varbinary(255) not null, nvalue blob, primary key (nkey)'
        : 'nkey bytea check (octet_length(nkey) <= 255), nvalue bytea, primary key (nkey)'
    for (const table of tables) {
      await database.query(`create table ${made.#quote(table)} (${types})`)
    }
    return made
  }

  private constructor(server: DatabaseServer, database: TestDatabase) {
    this.#server = server
    this.#database = database
  }

  async insert(table: StepTable, rows: readonly StepRow[]): Promise<void> {
    for (let from = 0; from < rows.length; from += 500) {
      const values = rows
        .slice(from, from + 500)
        .map(([key, value]) => `(${this.#octets(key)}, ${this.#octets(value)})`)
      await this.#database.query(`insert into ${this.#quote(table)} values ${values.join(', ')}`)
    }
  }

  /** Writes other values under keys that are there. */
  async replace(table: StepTable, rows: readonly StepRow[]): Promise<void> {
    for (const [key, value] of rows) {
      await this.#database.query(
        `update ${this.#quote(table)} set nvalue = ${this.#octets(value)} where nkey = ${this.#octets(key)}`,
      )
    }
  }

  /** Certificates, with what step-ca keeps beside them. */
  async insertCertificates(certificates: readonly Certificate[]): Promise<void> {
    const keys = certificates.map(({ serialNumber }) => String(serialNumber))
    await this.insert(
      'x509_certs',
      certificates.map(({ der }, index) => [keys[index] ?? '', der]),
    )
    const data = JSON.stringify({ provisioner: { id: provisionerId, name: 'admin', type: 'JWK' } })
    await this.insert(
      'x509_certs_data',
      keys.map((key) => [key, data]),
    )
  }

  #quote(name: string): string {
    return this.#server.type === 'mysql' ? `\`${name}\`` : `"${name}"`
  }

  #octets(value: string | Uint8Array | null): string {
    if (value === null) return 'null'
    const hex = Buffer.from(value).toString('hex')
    return this.#server.type === 'mysql' ? `x'${hex}'` : `'\\x${hex}'`
  }
}

export const provisionerId = 'admin:kid'

/** Signs certificates by the intermediate of a folder that the real step made. */
export async function loadIssuer(folder: Folder, password: string): Promise<Issuer> {
  const [certificate] = parseCertificatePem(await folder.readText('certs', 'intermediate_ca.crt'))
  const pem = await readFile(folder.file('secrets', 'intermediate_ca_key'), 'utf8')
  if (certificate === undefined) throw new Error('the folder has no intermediate')
  const signer = createSigner(await parsePrivateKeyPem(pem, { password, name: 'key' }))
  return { certificate, signer }
}

/** One key for all: making one costs more than signing. */
export const leafKey: KeyObject = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey

/** Issues certificates for `host-0.internal` and so on, a day from the hour before {@link testTime}. */
export function issueLeaves(issuer: Issuer, count: number): Promise<readonly Certificate[]> {
  const subjectPublicKeyInfo = new Uint8Array(
    createPublicKey(leafKey).export({ type: 'spki', format: 'der' }),
  )
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      issue(
        {
          subject: createName({ commonName: `host-${index}.internal` }),
          subjectAltNames: [guessGeneralName(`host-${index}.internal`)],
          subjectPublicKeyInfo,
          validity: {
            notBefore: new Date(testTime.getTime() - 3_600_000),
            notAfter: new Date(testTime.getTime() + 86_400_000),
          },
        },
        leafProfile,
        issuer,
        { now: () => testTime, random },
      ),
    ),
  )
}

/** A revocation as step-ca encodes it. */
export function revocationRow(
  { serialNumber, validity }: Pick<Certificate, 'serialNumber' | 'validity'>,
  members: object = {},
): StepRow {
  const value = {
    Serial: String(serialNumber),
    ProvisionerID: provisionerId,
    ReasonCode: 1,
    Reason: 'stolen',
    RevokedAt: '2026-11-23T13:51:51.744722173Z',
    ExpiresAt: validity.notAfter.toISOString().replace('.000', ''),
    TokenID: randomBytes(32).toString('hex'),
    MTLS: false,
    ACME: false,
    ...members,
  }
  return [String(serialNumber), JSON.stringify(value)]
}
