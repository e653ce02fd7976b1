import { randomBytes, X509Certificate } from 'node:crypto'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { createCsr, issuedSchema, obtainCertificate } from '../support/certificates.ts'
import { type ChildServer, startChildServer } from '../support/child-server.ts'
import { type Answer, type CallOptions, call } from '../support/http-client.ts'
import { createToken } from '../support/running-server.ts'

const mysqlUrl = new URL(process.env.MAYFLY_TEST_MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/mysql')
const postgresUrl = new URL(
  process.env.MAYFLY_TEST_POSTGRES_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
)

interface Server {
  readonly type: string
  readonly dataSource: string
  readonly dropSuffix: string
  run(sql: string): Promise<void>
}

const servers: readonly Server[] = [
  {
    type: 'mysql',
    dataSource: `${decodeURIComponent(mysqlUrl.username)}:${decodeURIComponent(mysqlUrl.password)}@tcp(${mysqlUrl.host})/`,
    dropSuffix: '',
    run: async (sql) => {
      const connection = await mysql.createConnection(mysqlUrl.href)
      await connection.query(sql).finally(() => connection.end())
    },
  },
  {
    type: 'postgresql',
    dataSource: postgresUrl.href,
    dropSuffix: ' with (force)',
    run: async (sql) => {
      const client = new pg.Client({ connectionString: postgresUrl.href })
      await client.connect()
      await client.query(sql).finally(() => client.end())
    },
  },
]

let original: AuthorityFolder
beforeAll(async () => {
  original = await createAuthorityFolder()
})
afterAll(() => original.dispose())

for (const server of servers) {
  const missing = await findMissing(server)
  if (missing === undefined) describe(`two servers on one ${server.type}`, () => testTwo(server))
  else test(`${server.type} tests`, ({ skip }) => skip(missing))
}

/** With CI set the database must be there. */
async function findMissing({ type, run }: Server): Promise<string | undefined> {
  try {
    await run('select 1')
    return undefined
  } catch (error) {
    const reason = `no ${type} server answers: ${String(error)}`
    if (process.env.CI) throw new Error(reason)
    return reason
  }
}

function testTwo({ type, dataSource, dropSuffix, run }: Server): void {
  const database = `mayfly_test_${randomBytes(6).toString('hex')}`
  let folder: AuthorityFolder
  let first: ChildServer
  let second: ChildServer

  beforeAll(async () => {
    folder = await original.copy()
    await folder.rewrite((document) => {
      document.db = { type, dataSource, database }
    })
    // At the same moment, on a database that one of them makes.
    ;[first, second] = await Promise.all([startChildServer(folder), startChildServer(folder)])
  })

  afterAll(async () => {
    expect(await Promise.all([first.stop('SIGTERM'), second.stop('SIGTERM')])).toEqual([0, 0])
    await run(`drop database if exists ${database}${dropSuffix}`)
    await folder.dispose()
  })

  const post = (
    { port }: ChildServer,
    path: string,
    options: Partial<CallOptions>,
  ): Promise<Answer> => call(path, { port, rootPem: folder.rootPem, method: 'POST', ...options })

  const obtain = ({ port }: ChildServer) =>
    obtainCertificate(
      { port, createToken: (options) => createToken(folder, options) },
      folder.rootPem,
    )

  test('of callers of both with one token one gets a certificate', async () => {
    const { csr } = await createCsr()
    for (let round = 0; round < 5; round++) {
      const body = { csr, ott: await createToken(folder) }
      const answers = await Promise.all(
        [first, second, second, first, first, second].map((each) => post(each, '/sign', { body })),
      )
      expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 401, 401, 401, 401, 401])
    }
  })

  test('a certificate of one is renewed by the other, and revoked with its renewal by the first', async () => {
    const { chainPem, keyPem, leafPem } = await obtain(first)
    const answer = await post(second, '/renew', { cert: chainPem, key: keyPem })
    expect(answer.status).toBe(201)
    const renewed = issuedSchema.parse(answer.json).certChain.join('')
    const { status, json } = await revoke(first, leafPem)
    expect(status).toBe(200)
    expect(json).toHaveProperty('serials.length', 2)
    expect((await post(second, '/renew', { cert: renewed, key: keyPem })).status).toBe(401)
  })

  test('what one has revoked, the other does not renew', async () => {
    const { chainPem, keyPem, leafPem } = await obtain(second)
    const client = { cert: chainPem, key: keyPem }
    expect((await revoke(first, leafPem)).status).toBe(200)
    expect((await post(second, '/renew', client)).status).toBe(401)
    expect((await post(first, '/renew', client)).status).toBe(401)
  })

  async function revoke(server: ChildServer, leafPem: string): Promise<Answer> {
    const serial = BigInt(`0x${new X509Certificate(leafPem).serialNumber}`).toString()
    const ott = await createToken(folder, { subject: serial, operation: 'revoke' })
    return post(server, '/revoke', { body: { serial, ott, passive: true, withRenewals: true } })
  }
}
