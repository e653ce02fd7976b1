import { type ImportReport, importHistory } from '@mayfly/authority-host'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  createName,
  encodeCertificatePem,
  type Issuer,
  issueRoot,
  rootProfile,
} from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type DatabaseServer,
  databaseServers,
  findMissing,
  nameDatabase,
  type TestDatabase,
} from './support/database-server.ts'
import { copyStepFolder, editJson, type Folder } from './support/folder.ts'
import { createToken, now, open, provisionerKey, random, testTime } from './support/host.ts'
import {
  account,
  authorization,
  challenge,
  externalKey,
  newAccountKey,
  order,
} from './support/step-ca-acme.ts'
import {
  acmeTables,
  certificateTables,
  issueLeaves,
  loadIssuer,
  revocationRow,
  StepDatabase,
} from './support/step-ca-database.ts'

const password = 'correct horse battery staple'

for (const server of databaseServers) {
  const missing = await findMissing(server)
  if (missing === undefined) describe(`rows of step-ca in ${server.type}`, () => testKind(server))
  else test(`${server.type} tests`, ({ skip }) => skip(missing))
}

/** Everything is imported once; each test looks at a part of what came of it. */
function testKind(server: DatabaseServer): void {
  let database: TestDatabase
  let folder: Folder
  let report: ImportReport
  let leaves: readonly Certificate[]
  let stranger: Certificate
  let step: StepDatabase
  let configurationPath: string

  beforeAll(async () => {
    database = nameDatabase(server)
    folder = await copyStepFolder()
    step = await StepDatabase.create(server, database, [...certificateTables, ...acmeTables])
    configurationPath = folder.file('config', 'ca.json')
    await editJson(configurationPath, {
      db: { type: server.type, dataSource: server.dataSource(), database: database.name },
    })
    leaves = await issueLeaves(await loadIssuer(folder, password), 8)
    stranger = await issueByStranger()
    await insertCertificates(step)
    await insertRevocations(step)
    await insertTokens(step, configurationPath)
    await insertAcme(step)
    report = await importHistory({ configurationPath, now })
  })
  afterAll(async () => {
    await database[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  const leaf = (index: number): Certificate => {
    const found = leaves[index]
    if (found === undefined) throw new Error(`there is no leaf ${index}`)
    return found
  }
  const serial = (index: number): string => String(leaf(index).serialNumber)
  const table = (name: string) => {
    const found = report.tables.find((each) => each.table === name)
    if (found === undefined) throw new Error(`the report has no table ${name}`)
    const { refusals, ...counts } = found
    return { ...counts, refusals: new Map(refusals.map(({ key, reason }) => [key, reason])) }
  }
  const isMysql = server.type === 'mysql'
  const octets = (column: string): string =>
    isMysql ? `lower(hex(${column}))` : `encode(${column}, 'hex')`

  async function insertCertificates(step: StepDatabase): Promise<void> {
    await step.insertCertificates([leaf(0), stranger])
    const forged = Buffer.from(leaf(1).der)
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    await step.insert('x509_certs', [
      [serial(1), forged],
      [serial(2), leaf(3).der],
      ['12345', 'no certificate'],
      ['12346', null],
      ['0x1f', leaf(4).der],
      [serial(5), leaf(5).der],
    ])
    await step.insert('x509_certs_data', [
      [serial(5), null],
      ['77', '{}'],
    ])
  }

  async function insertRevocations(step: StepDatabase): Promise<void> {
    await step.insert('revoked_x509_certs', [
      revocationRow(leaf(0), { ExpiresAt: undefined, ACME: undefined, MTLS: true }),
      revocationRow(leaf(1)),
      revocationRow(leaf(6), {
        Reason: `\u0000\ud800${'x'.repeat(60_000)}`,
        ProvisionerID: `\u0000${'y'.repeat(600)}`,
        ReasonCode: 8,
      }),
      [serial(2), null],
      [serial(3), '{"RevokedAt":"0001-01-01T00:00:00Z","ReasonCode":99}'],
      ['not-a-serial', '{}'],
    ])
  }

  async function insertTokens(step: StepDatabase, configurationPath: string): Promise<void> {
    await using host = await open(configurationPath, {
      password: async () => password,
      discardHistory: true,
    })
    const key = await provisionerKey(host, password)
    const yesterday = new Date(testTime.getTime() - 2 * 86_400_000)
    await step.insert('used_ott', [
      ['live', await createToken(host, key)],
      ['expired', await createToken(host, key, () => yesterday)],
      ['cloud', 'e30.e30.AA'],
      ['broken', 'no token'],
      ['empty', null],
    ])
  }

  async function insertAcme(step: StepDatabase): Promise<void> {
    const [first, second] = [newAccountKey(), newAccountKey()]
    await step.insert('acme_accounts', [
      ['account1', account('account1', first)],
      [
        'account2',
        account('account2', second, {
          status: 'deactivated',
          locationPrefix: undefined,
          contact: undefined,
          deactivatedAt: '2026-11-23T13:00:00Z',
        }),
      ],
      ['account3', account('account3', first)],
      ['account4', null],
      ['account5', account('account5', newAccountKey(), { key: { kty: 'EC' } })],
    ])
    await step.insert('acme_account_orders_index', [['account1', null]])
    await step.insert('acme_orders', [
      ['pending', order('pending', { authorizationIDs: ['authz1', 'authz2'] })],
      ['proven', order('proven', { authorizationIDs: ['authz3'] })],
      ['expired', order('expired', { expiresAt: '2026-11-23T13:00:00Z' })],
      ['invalid', order('invalid', { status: 'invalid' })],
      ['valid', order('valid', { status: 'valid', certificate: 'cert1' })],
      ['lost', order('lost', { status: 'valid', certificate: 'cert2' })],
      ['old', order('old', { status: 'valid', notAfter: '2026-11-23T13:00:00Z' })],
      ['orphan', order('orphan', { accountID: 'nobody' })],
      ['refused', order('refused', { accountID: 'account3', authorizationIDs: ['authz3'] })],
      ['half', order('half', { authorizationIDs: ['authz1', 'authz9'] })],
      ['empty', null],
    ])
    await step.insert('acme_authzs', [
      ['authz1', authorization('authz1', ['challenge1', 'challenge2'])],
      ['authz2', authorization('authz2', ['challenge3'], { wildcard: true })],
      ['authz3', authorization('authz3', ['challenge4'])],
    ])
    await step.insert('acme_challenges', [
      challenge('challenge1', { error: { type: 'urn:x', detail: 'no such name' } }),
      challenge('challenge2', { type: 'http-01', status: 'invalid' }),
      challenge('challenge3', {}),
      challenge('challenge4', { status: 'valid', validatedAt: '2026-11-23T14:00:00Z' }),
    ])
    const pem = Buffer.from(encodeCertificatePem(leaf(5))).toString('base64')
    await step.insert('acme_certs', [['cert1', JSON.stringify({ id: 'cert1', leaf: pem })]])
    await step.insert('provisioners', [['uuid-1', '{"id":"uuid-1","type":"ACME","name":"acme"}']])
    const key = Buffer.alloc(32, 7).toString('base64')
    await step.insert('acme_external_account_keys', [
      externalKey('eak1', { provisionerID: 'uuid-1', reference: 'team', key }),
      externalKey('eak2', { accountID: 'account1', key: '', boundAt: '2026-11-23T14:00:00Z' }),
      externalKey('eak3', { provisionerID: 'uuid-1', reference: 'team', key }),
      externalKey('eak4', { key }),
      externalKey('eak5', { key, reference: 'x'.repeat(300) }),
    ])
  }

  test('that are certificates are verified, and kept or refused with the reason', () => {
    const { refusals, ...counts } = table('x509_certs')
    expect(counts).toMatchObject({ rows: 8, read: 8, imported: 3, refused: 5 })
    expect(counts.notes).toEqual({
      'kept, though its issuer is none of the configured certificates: CN=Stranger': 1,
    })
    expect(Object.fromEntries(refusals)).toEqual({
      [serial(1)]: expect.stringContaining('its signature is not that of its issuer'),
      [serial(2)]: `its key is not its serial number, ${serial(3)}`,
      '12345': expect.stringContaining('it cannot be read'),
      '12346': 'its value is empty',
      '0x1f': 'its key is no serial number',
    })
  })

  test('that are certificates name their provisioner, where step-ca has noted one', async () => {
    const rows = await database.query(
      `select ${octets('serial')} as serial, provisioner_id from mayfly_certificates order by 2, 1`,
    )
    expect(rows).toEqual(
      [
        { serial: hexOf(leaf(5)), provisioner_id: '' },
        ...[hexOf(leaf(0)), hexOf(stranger)]
          .sort()
          .map((each) => ({ serial: each, provisioner_id: 'admin:kid' })),
      ].sort((one, other) => one.provisioner_id.localeCompare(other.provisioner_id)),
    )
  })

  test('that are revocations count whatever they hold', async () => {
    const { refusals, ...counts } = table('revoked_x509_certs')
    expect(counts).toMatchObject({ rows: 6, read: 6, imported: 5, refused: 1 })
    expect(counts.notes).toEqual({ 'kept, though it does not say when: revoked as of now': 2 })
    expect([...refusals.keys()]).toEqual(['not-a-serial'])
    const rows = await database.query(
      `select ${octets('serial')} as serial, reason_code, expires_at, revoked_at, mutual_tls
       from mayfly_revocations`,
    )
    const bySerial = new Map(rows.map(({ serial: key, ...row }) => [key, numbersOf(row)]))
    expect(bySerial.get(hexOf(leaf(6)))).toMatchObject({ reason_code: 8, mutual_tls: 0 })
    const notAfter = leaf(0).validity.notAfter.getTime()
    expect(bySerial.get(hexOf(leaf(0)))).toEqual({
      reason_code: 1,
      expires_at: notAfter,
      revoked_at: Date.parse('2026-11-23T13:51:51.744Z'),
      mutual_tls: 1,
    })
    for (const index of [2, 3]) {
      expect(bySerial.get(hexOf(leaf(index)))).toMatchObject({
        reason_code: 0,
        revoked_at: testTime.getTime(),
      })
    }
  })

  test('that are spent tokens are kept while they could still be used', async () => {
    expect(table('used_ott')).toMatchObject({
      read: 5,
      imported: 1,
      unneeded: 4,
      notes: { expired: 1, 'no token that is taken here, or one without an end': 3 },
    })
    expect(await database.query('select * from mayfly_spent_tokens')).toHaveLength(1)
  })

  test('that are ACME accounts keep their ids, and one key has one account', async () => {
    const { refusals, ...counts } = table('acme_accounts')
    expect(counts).toMatchObject({ read: 5, imported: 2, refused: 3 })
    expect(Object.fromEntries(refusals)).toEqual({
      account3: 'the account account1 has the same key',
      account4: 'its value is empty or no JSON object',
      account5: 'its key cannot be read',
    })
    const rows = await database.query(
      `select id, provisioner_id, status, contacts, location_prefix, deactivated_at
       from mayfly_acme_accounts order by id`,
    )
    expect(rows.map(numbersOf)).toEqual([
      {
        id: 'account1',
        provisioner_id: 'acme/acme',
        status: 'valid',
        contacts: '["mailto:n@b.c"]',
        location_prefix: 'https://localhost/acme/acme/account/',
        deactivated_at: null,
      },
      {
        id: 'account2',
        provisioner_id: 'acme/acme',
        status: 'deactivated',
        contacts: '[]',
        location_prefix: null,
        deactivated_at: Date.parse('2026-11-23T13:00:00Z'),
      },
    ])
  })

  test('that are ACME orders are kept while they matter, whole or not at all', async () => {
    const { refusals, ...counts } = table('acme_orders')
    expect(counts).toMatchObject({ read: 11, imported: 3, unneeded: 3, refused: 5 })
    expect(counts.notes).toEqual({ expired: 1, invalid: 1, 'its certificate has expired': 1 })
    expect(Object.fromEntries(refusals)).toEqual({
      empty: 'its value is empty or no JSON object',
      half: 'its authorization authz9 is missing',
      lost: 'its certificate cert2 is missing',
      orphan: 'its account nobody is missing',
      refused: 'its account account3 was not taken over',
    })
    expect(
      await database.query(
        `select id, status, certificate_id, ${octets('serial')} as serial from mayfly_acme_orders
         order by id`,
      ),
    ).toEqual([
      { id: 'pending', status: 'pending', certificate_id: null, serial: null },
      { id: 'proven', status: 'ready', certificate_id: null, serial: null },
      { id: 'valid', status: 'valid', certificate_id: 'cert1', serial: hexOf(leaf(5)) },
    ])
    const authorizations = await database.query(
      `select id, order_id, position, wildcard, status from mayfly_acme_authorizations order by id`,
    )
    expect(authorizations.map(numbersOf)).toEqual([
      { id: 'authz1', order_id: 'pending', position: 0, wildcard: 0, status: 'pending' },
      { id: 'authz2', order_id: 'pending', position: 1, wildcard: 1, status: 'pending' },
      { id: 'authz3', order_id: 'proven', position: 0, wildcard: 0, status: 'valid' },
    ])
    const challenges = await database.query(
      `select id, authorization_id, position, type, status, problem from mayfly_acme_challenges
       order by id`,
    )
    expect(challenges.map(numbersOf)).toMatchObject([
      { id: 'challenge1', position: 0, problem: '{"type":"urn:x","detail":"no such name"}' },
      { id: 'challenge2', position: 1, type: 'http-01', status: 'invalid' },
      { id: 'challenge3', authorization_id: 'authz2' },
      { id: 'challenge4', status: 'valid' },
    ])
  })

  test('that are external account keys have a name once', async () => {
    const { refusals, ...counts } = table('acme_external_account_keys')
    expect(counts).toMatchObject({ read: 5, imported: isMysql ? 3 : 4 })
    expect(Object.fromEntries(refusals)).toEqual({
      eak3: 'its id, name or key is taken by another row',
      ...(isMysql
        ? { eak5: 'a value in it is longer than this database keeps, or no text for it' }
        : {}),
    })
    expect(
      await database.query(
        `select id, provisioner_id, reference, account_id, hmac_key is null as used
         from mayfly_acme_external_account_keys where id <> 'eak5' order by id`,
      ),
    ).toMatchObject([
      { id: 'eak1', provisioner_id: 'acme/acme', reference: 'team', account_id: null },
      { id: 'eak2', provisioner_id: '', reference: null, account_id: 'account1' },
      { id: 'eak4', provisioner_id: '', reference: null },
    ])
    expect(report.left.map(({ table: name }) => name)).toEqual(['provisioners'])
  })

  test('of an account that has ended since, and of a key that was used, end it here too', async () => {
    const ended = { status: 'deactivated', deactivatedAt: '2026-11-23T15:00:00Z' }
    await step.replace('acme_accounts', [['account1', account('account1', newAccountKey(), ended)]])
    const used = { accountID: 'account1', key: '', boundAt: '2026-11-23T15:00:00Z' }
    await step.replace('acme_external_account_keys', [
      externalKey('eak1', { provisionerID: 'uuid-1', reference: 'team', ...used }),
      externalKey('eak2', { ...used, accountID: 'account2' }),
    ])
    await expect(open(configurationPath, { password: async () => password })).rejects.toMatchObject(
      { code: 'database_history_found' },
    )
    await importHistory({ configurationPath, now })
    const accounts = await database.query(
      `select id, status, deactivated_at from mayfly_acme_accounts order by id`,
    )
    expect(accounts.map(numbersOf)).toMatchObject([
      { id: 'account1', status: 'deactivated', deactivated_at: Date.parse(ended.deactivatedAt) },
      { deactivated_at: Date.parse('2026-11-23T13:00:00Z') },
    ])
    const keys = await database.query(
      `select account_id, account_count, hmac_key is null as spent
       from mayfly_acme_external_account_keys where id in ('eak1', 'eak2') order by id`,
    )
    expect(keys.map(numbersOf)).toEqual([
      { account_id: 'account1', account_count: 1, spent: isMysql ? 1 : true },
      { account_id: 'account1', account_count: 1, spent: isMysql ? 1 : true },
    ])
  })
}

/** Counts come as texts from some drivers. */
function numbersOf(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value,
    ]),
  )
}

function hexOf({ serialNumber }: Certificate): string {
  const digits = serialNumber.toString(16)
  return digits.padStart(digits.length + (digits.length % 2), '0')
}

/** A certificate of an authority that is configured nowhere. */
async function issueByStranger(): Promise<Certificate> {
  const signer = createSigner(await generatePrivateKey())
  const subject = createName({ commonName: 'Stranger' })
  const root = await issueRoot(
    {
      subject,
      subjectAltNames: [],
      subjectPublicKeyInfo: new Uint8Array(
        signer.publicKey.export({ type: 'spki', format: 'der' }),
      ),
      validity: {
        notBefore: new Date(testTime.getTime() - 86_400_000),
        notAfter: new Date(testTime.getTime() + 2 * 86_400_000),
      },
    },
    rootProfile,
    signer,
    { now, random },
  )
  const issuer: Issuer = { certificate: root, signer }
  const [certificate] = await issueLeaves(issuer, 1)
  if (certificate === undefined) throw new Error('nothing was issued')
  return certificate
}
