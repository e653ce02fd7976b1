import { cp } from 'node:fs/promises'
import { type AuthorityHost, type ImportReport, importHistory } from '@mayfly/authority-host'
import type { Certificate, Issuer } from '@mayfly/x509-profiles'
import pg from 'pg'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type DatabaseServer,
  databaseServers,
  findMissing,
  nameDatabase,
  type TestDatabase,
} from './support/database-server.ts'
import { copyStepFolder, editJson, type Folder } from './support/folder.ts'
import { createToken, now, open, provisionerKey, refusalOf, sign } from './support/host.ts'
import { killImport } from './support/kill-import.ts'
import {
  certificateTables,
  issueLeaves,
  loadIssuer,
  provisionerId,
  revocationRow,
  StepDatabase,
} from './support/step-ca-database.ts'

const password = 'correct horse battery staple'
const isLong = process.env.MAYFLY_TEST_LONG !== undefined
const [certificateCount, revokedCount] = isLong ? [10_000, 100] : [600, 40]

for (const server of databaseServers) {
  const missing = await findMissing(server)
  if (missing === undefined) describe(`what step-ca kept in ${server.type}`, () => testKind(server))
  else test(`${server.type} tests`, ({ skip }) => skip(missing))
}

function testKind(server: DatabaseServer): void {
  let issuer: Issuer
  let leaves: readonly Certificate[]
  let database: TestDatabase
  let step: StepDatabase
  let folder: Folder
  let configurationPath: string

  beforeAll(async () => {
    await using original = await copyStepFolder()
    issuer = await loadIssuer(original, password)
    leaves = await issueLeaves(issuer, certificateCount)
  })
  beforeEach(async () => {
    database = nameDatabase(server)
    step = await StepDatabase.create(server, database, certificateTables)
    folder = await copyStepFolder()
    configurationPath = folder.file('config', 'ca.json')
    await editJson(configurationPath, {
      db: { type: server.type, dataSource: server.dataSource(), database: database.name },
    })
  })
  afterEach(async () => {
    await database[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  const openHost = (): Promise<AuthorityHost> =>
    open(configurationPath, { password: async () => password })
  const runImport = (options: { dryRun?: boolean; from?: string } = {}): Promise<ImportReport> =>
    importHistory({ configurationPath, now, ...options })
  const renew = async (host: AuthorityHost, certificate: Certificate) =>
    host.authority.renew({
      credential: { kind: 'certificate', certificate, chain: [issuer.certificate] },
      requestId: 'request-1',
    })

  test('is taken over: revoked stays revoked, spent stays spent, old certificates are renewed', async () => {
    const revoked = leaves.slice(0, revokedCount)
    await step.insertCertificates(leaves)
    await step.insert(
      'revoked_x509_certs',
      revoked.map((leaf) => revocationRow(leaf)),
    )
    const [spent, unspent] = await makeTokens(configurationPath)
    await step.insert('used_ott', [['jti', spent]])
    await step.insert('nonces', [['nonce', '{}']])
    const refusal = await refusalOf(openHost())
    expect(refusal.code).toBe('database_history_found')
    expect(refusal.hint).toContain("'mayfly db import'")

    const counts = {
      revoked_x509_certs: { read: revokedCount, imported: revokedCount },
      used_ott: { read: 1, imported: 1 },
      x509_certs: { read: certificateCount, imported: certificateCount },
    }
    const rehearsal = await runImport({ dryRun: true })
    expect(countsOf(rehearsal)).toEqual(counts)
    expect(rehearsal.dryRun).toBe(true)
    expect((await refusalOf(openHost())).code).toBe('database_history_found')
    const report = await runImport()
    expect(countsOf(report)).toEqual(counts)
    expect(report).toMatchObject({ resumed: false, dryRun: false, changed: false })
    expect(report.left).toMatchObject([{ table: 'nonces', rows: 1 }])

    await using host = await openHost()
    expect(await host.store.countCertificates()).toBe(certificateCount)
    for (const leaf of revoked) {
      await expect(renew(host, leaf)).rejects.toMatchObject({ code: 'certificate_revoked' })
    }
    const [old] = leaves.slice(revokedCount)
    if (old === undefined) throw new Error('all were revoked')
    expect(await host.store.findCertificate(old.serialNumber)).toMatchObject({
      provisionerId,
      provisionerName: 'admin',
      provisionerType: 'JWK',
      subject: `host-${revokedCount}.internal`,
      notAfter: old.validity.notAfter,
    })
    const { certificate: renewed } = await renew(host, old)
    expect(await host.store.findCertificate(renewed.serialNumber)).toMatchObject({
      predecessor: old.serialNumber,
    })
    await expect(sign(host, spent)).rejects.toMatchObject({ code: 'token_already_used' })
    await sign(host, unspent)
  }, 60_000)

  test('that came after an import is found at the start, and added by the next import', async () => {
    await step.insertCertificates(leaves.slice(0, 20))
    await runImport()
    await (await openHost()).close()
    expect(countsOf(await runImport())).toEqual({ x509_certs: { read: 20, present: 20 } })
    await step.insert(
      'revoked_x509_certs',
      leaves.slice(3, 5).map((leaf) => revocationRow(leaf)),
    )
    const refusal = await refusalOf(openHost())
    expect(refusal.message).toContain('has changed since it was imported')
    expect(refusal.hint).toContain("'mayfly db import'")
    expect(countsOf(await runImport())).toEqual({
      revoked_x509_certs: { read: 2, imported: 2 },
      x509_certs: { read: 20, present: 20 },
    })
    await using host = await openHost()
    expect(await host.store.findRevocation(leaves[3]?.serialNumber ?? 0n)).toBeDefined()
  })

  test('that came while an import was left undone is not passed over', async () => {
    await step.insertCertificates(leaves)
    expect(await killImport(configurationPath, 1)).toBe('SIGKILL')
    await step.insert(
      'revoked_x509_certs',
      leaves.slice(0, 2).map((leaf) => revocationRow(leaf)),
    )
    const report = await runImport()
    expect(report.resumed).toBe(false)
    expect(countsOf(report)).toMatchObject({ revoked_x509_certs: { read: 2, imported: 2 } })
    await using host = await openHost()
    expect(await host.store.countCertificates()).toBe(certificateCount)
  })

  if (server.type === 'postgresql') {
    test('that comes while it is read is told of', async () => {
      await step.insertCertificates(leaves.slice(0, 2))
      await runImport()
      await step.insertCertificates(leaves.slice(2, 4))
      await step.insert(
        'revoked_x509_certs',
        leaves.slice(0, 1).map((leaf) => revocationRow(leaf)),
      )
      const connectionString = server.dataSource().replace(/\/[^/]*$/, `/${database.name}`)
      const [late, holding] = [
        new pg.Client({ connectionString }),
        new pg.Client({ connectionString }),
      ]
      await Promise.all([late.connect(), holding.connect()])
      await late.query(`begin; insert into x509_certs values ('1', 'late')`)
      // Revocations come first; the certificate cannot be written before the transaction that holds its key ends.
      await holding.query('begin')
      await holding.query(
        `insert into mayfly_certificates
         select $1, der, subject, names, public_key_sha256, predecessor, provisioner_id, provisioner_name,
           provisioner_type, profile, not_before, not_after, issued_at
         from mayfly_certificates limit 1`,
        [Buffer.from(leaves[2]?.serialNumber.toString(16) ?? '', 'hex')],
      )
      let ended: Promise<unknown> | undefined
      const report = await importHistory({
        configurationPath,
        now,
        onProgress: () => {
          ended ??= late.query('commit').then(() => holding.query('rollback'))
        },
      })
      await ended
      await Promise.all([late.end(), holding.end()])
      expect(report.changed).toBe(true)
      expect((await refusalOf(openHost())).message).toContain('has changed since it was imported')
    })

    test('goes into the database of another ca.json that names it', async () => {
      await step.insertCertificates(leaves.slice(0, 20))
      await step.insert(
        'revoked_x509_certs',
        leaves.slice(0, 1).map((leaf) => revocationRow(leaf)),
      )
      const other = folder.file('config', 'other.json')
      await cp(configurationPath, other)
      await editJson(other, { db: { type: 'sqlite', dataSource: folder.file('db.sqlite') } })
      const report = await importHistory({ configurationPath: other, from: configurationPath, now })
      expect(countsOf(report)).toEqual({
        revoked_x509_certs: { read: 1, imported: 1 },
        x509_certs: { read: 20, imported: 20 },
      })
      await using host = await open(other, { password: async () => password })
      expect(host.store.kind).toBe('sqlite')
      expect(await host.store.countCertificates()).toBe(20)
      // The same data is beside the store of its own ca.json, by whichever way it is named.
      await runImport({ from: configurationPath })
      await (await openHost()).close()
    })
  }

  test('is taken over once by several at the same moment, while a server is at work', async () => {
    await step.insertCertificates(leaves)
    await using host = await open(configurationPath, {
      password: async () => password,
      discardHistory: true,
    })
    const key = await provisionerKey(host, password)
    let isImporting = true
    const importing = Promise.allSettled([runImport(), runImport(), runImport()])
    const ended = importing.finally(() => {
      isImporting = false
    })
    let signed = 0
    while (isImporting) {
      await sign(host, await createToken(host, key))
      signed += 1
    }
    const overtaken = (await ended).flatMap((each) => (each.status === 'rejected' ? [each] : []))
    for (const { reason } of overtaken) expect(reason).toMatchObject({ code: 'import_overtaken' })
    expect(overtaken.length).toBeLessThan(3)
    expect(await host.store.countCertificates()).toBe(certificateCount + signed)
    await (await openHost()).close()
  }, 60_000)

  test('goes on where it stood after it was killed, at whatever step', async () => {
    await step.insertCertificates(leaves)
    await step.insert(
      'revoked_x509_certs',
      leaves.slice(0, 30).map((leaf) => revocationRow(leaf)),
    )
    for (const steps of [1, 2, 3]) {
      expect(await killImport(configurationPath, steps)).toBe('SIGKILL')
      const refusal = await refusalOf(openHost())
      expect(refusal.message).toContain('whose import has not ended')
    }
    const report = await runImport()
    expect(report.resumed).toBe(true)
    expect(countsOf(report)).toEqual({
      revoked_x509_certs: { read: 30, imported: 30 },
      x509_certs: { read: certificateCount, imported: certificateCount },
    })
    await using host = await openHost()
    expect(await host.store.countCertificates()).toBe(certificateCount)
  }, 60_000)
}

/** The counts of a report that are not zero, of the tables that were not empty. */
function countsOf({ tables }: ImportReport): Record<string, Record<string, number>> {
  return Object.fromEntries(
    tables
      .filter(({ read }) => read > 0)
      .map(({ table, read, imported, present, unneeded, refused }) => [
        table,
        Object.fromEntries(
          Object.entries({ read, imported, present, unneeded, refused }).filter(
            ([, count]) => count > 0,
          ),
        ),
      ]),
  )
}

/** Two tokens of the provisioner that step made, by a host of their own. */
async function makeTokens(configurationPath: string): Promise<readonly [string, string]> {
  await using host = await open(configurationPath, {
    password: async () => password,
    discardHistory: true,
  })
  const key = await provisionerKey(host, password)
  return [await createToken(host, key), await createToken(host, key)]
}
