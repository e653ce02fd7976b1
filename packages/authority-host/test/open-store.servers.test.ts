import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { inspect } from 'node:util'
import { openExplainer } from '@mayfly/authority-host'
import { StoreError } from '@mayfly/db-adapters'
import { createSigner, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  createCertificationRequest,
  createName,
  encodeCertificationRequestPem,
} from '@mayfly/x509-profiles'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  type DatabaseServer,
  databaseServers,
  findMissing,
  nameDatabase,
  type TestDatabase,
} from './support/database-server.ts'
import { copyStepFolder, editJson, type Folder } from './support/folder.ts'
import { createToken, now, open, provisionerKey, random, refusalOf, sign } from './support/host.ts'

const words = 'correct horse battery staple'

for (const server of databaseServers) {
  const missing = await findMissing(server)
  if (missing === undefined) describe(`a db block of type ${server.type}`, () => testKind(server))
  else test(`${server.type} tests`, ({ skip }) => skip(missing))
}

function testKind(server: DatabaseServer): void {
  let database: TestDatabase
  let folder: Folder
  let configurationPath: string
  beforeEach(async () => {
    database = nameDatabase(server)
    folder = await copyStepFolder()
    configurationPath = folder.file('config', 'ca.json')
    await configure({})
  })
  afterEach(async () => {
    await database[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })

  const configure = (db: object): Promise<void> =>
    editJson(configurationPath, {
      db: { type: server.type, dataSource: server.dataSource(), database: database.name, ...db },
    })
  const openHost = (options: { discardHistory?: boolean } = {}) =>
    open(configurationPath, { password: async () => words, ...options })

  const createStepTable = (name: string, qualified: string = name): Promise<unknown> =>
    database.query(
      `create table ${qualified} (nkey ${server.octetsType} primary key, nvalue ${server.octetsType})`,
    )
  const tablesOfOurs = (): Promise<readonly unknown[]> =>
    database.query(
      `select table_name as name from information_schema.tables where table_name like 'mayfly%'
       and table_schema in ('public', '${database.name}')`,
    )

  test('is made, and keeps what is issued and spent', async () => {
    await configure({ type: server.type.toUpperCase(), badgerFileLoadingMode: '' })
    const key = await (async () => {
      await using host = await openHost()
      expect(host.store.kind).toBe(server.type)
      return provisionerKey(host, words)
    })()
    await using first = await openHost()
    await using second = await openHost()
    const token = await createToken(first, key)
    await sign(first, token)
    await expect(sign(second, token)).rejects.toMatchObject({ code: 'token_already_used' })
    expect(await second.store.countCertificates()).toBe(1)
  })

  test('is opened beside empty tables of step-ca, and rows that are of no weight', async () => {
    await database.create()
    await createStepTable('x509_certs')
    await createStepTable('used_ott')
    await createStepTable('nonces')
    await database.query(`insert into nonces values ('a', 'b')`)
    // Somebody else's, since it has other columns.
    await database.query('create table acme_orders (id integer)')
    await database.query('insert into acme_orders values (1)')
    await using host = await openHost()
    expect(host.store.persistent).toBe(true)
  })

  test.each(['x509_certs', 'revoked_x509_certs', 'used_ott', 'acme_accounts'])(
    'is refused when the table %s of step-ca holds rows',
    async (table) => {
      await database.create()
      await createStepTable(table)
      await database.query(`insert into ${table} values ('a', 'b')`)
      const error = await refusalOf(openHost())
      expect(error.code).toBe('database_history_found')
      expect(error.message).toBe(
        `db.dataSource: the table ${table} of ${database.name} holds data of step-ca`,
      )
      expect(error.hint).toContain('--discard-history')
      expect(await tablesOfOurs()).toEqual([])
      await using host = await openHost({ discardHistory: true })
      expect(host.store.kind).toBe(server.type)
      expect(await database.query(`select * from ${table}`)).toHaveLength(1)
      // Allowed once is not allowed for good.
      expect((await refusalOf(openHost())).code).toBe('database_history_found')
    },
  )

  if (server.type === 'postgresql') {
    test('is refused for tables in a schema that is not searched', async () => {
      await database.create()
      await database.query('create schema "Step"')
      await createStepTable('used_ott', '"Step".used_ott')
      await database.query(`insert into "Step".used_ott values ('a', 'b')`)
      expect((await refusalOf(openHost())).code).toBe('database_history_found')
    })

    test('is refused when commits are not synced, unless that is allowed by name', async () => {
      await database.create()
      await server.query(`alter database ${database.name} set synchronous_commit = off`)
      const error = await storeRefusalOf(openHost())
      expect(error.message).toMatch(/^db\.dataSource: .*synchronous_commit is off/)
      await editJson(configurationPath, { mayfly: { dangerouslyAllowUnsyncedCommits: true } })
      await using host = await openHost()
      expect(host.store.persistent).toBe(true)
      await using explainer = await openExplainer({ configurationPath, now, random })
      expect(explainer.configuration.db?.type).toBe('postgresql')
    })
  }

  test('is refused, and its password not shown, when nobody answers', async () => {
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const { port } = listener.address() as AddressInfo
    listener.close()
    await once(listener, 'close')
    await configure({ dataSource: server.dataSource({ password: 'hunter2', port }) })
    const error = await storeRefusalOf(openHost())
    expect(error.code).toBe('store_unavailable')
    expect(error.message).toMatch(/^db\.dataSource: (mysql|postgresql):\/\/.*ECONNREFUSED/)
    expect(error.message).toContain(`:${port}/${database.name}`)
    expect(error.hint).toBe('see that the database is up, and that its host and port are right')
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('hunter2')
  })

  test('is refused, and its password not shown, when the login is', async () => {
    const user = 'mayfly_nobody'
    const dataSource =
      server.type === 'mysql'
        ? server.dataSource({ password: 'hunter2' }).replace(/^[^:]*/, user)
        : server.dataSource({ password: 'hunter2' }).replace(/\/\/[^:]*/, `//${user}`)
    await configure({ dataSource })
    const error = await storeRefusalOf(openHost())
    expect(error.code).toBe('store_unavailable')
    expect(error.message).toMatch(/^db\.dataSource: .*refuses the login/)
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('hunter2')
  })

  test('is explained from, once a server has made it', async () => {
    const explain = async (oneTimeToken: string) => {
      await using explainer = await openExplainer({ configurationPath, now, random })
      const request = await createCertificationRequest({
        subject: createName({ commonName: 'web.internal' }),
        subjectAltNames: [],
        signer: createSigner(await generatePrivateKey()),
      })
      const certificationRequest = encodeCertificationRequestPem(request)
      return await explainer.explain({ certificationRequest, oneTimeToken })
    }
    expect((await explain('x.y.z')).outcome).toBe('refused')
    expect(await database.exists()).toBe(false)
    await database.create()
    expect((await explain('x.y.z')).outcome).toBe('refused')
    expect(await tablesOfOurs()).toEqual([])
    await using host = await openHost()
    const token = await createToken(host, await provisionerKey(host, words))
    expect((await explain(token)).outcome).toBe('issued')
    await sign(host, token)
    expect((await explain(token)).outcome).toBe('refused')
  })
}

async function storeRefusalOf(call: Promise<unknown>): Promise<StoreError> {
  try {
    await call
  } catch (error) {
    if (error instanceof StoreError) return error
    throw error
  }
  throw new Error('the call was not refused')
}
