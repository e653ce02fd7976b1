import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { createCsr, issuedSchema, obtainCertificate } from '../support/certificates.ts'
import { type ChildServer, startChildServer } from '../support/child-server.ts'
import {
  type DatabaseServer,
  databaseServers,
  findMissing,
  nameDatabase,
} from '../support/database-server.ts'
import { type Answer, type CallOptions, call } from '../support/http-client.ts'
import { createToken } from '../support/running-server.ts'

let original: AuthorityFolder
beforeAll(async () => {
  original = await createAuthorityFolder()
})
afterAll(() => original.dispose())

for (const server of databaseServers) {
  const missing = await findMissing(server)
  if (missing === undefined) describe(`two servers on one ${server.type}`, () => testTwo(server))
  else test(`${server.type} tests`, ({ skip }) => skip(missing))
}

function testTwo(server: DatabaseServer): void {
  const database = nameDatabase(server)
  let folder: AuthorityFolder
  let first: ChildServer
  let second: ChildServer

  beforeAll(async () => {
    folder = await original.copy()
    await folder.rewrite((document) => {
      document.db = { type: server.type, dataSource: server.dataSource(), database: database.name }
    })
    // At the same moment, on a database that one of them makes.
    ;[first, second] = await Promise.all([startChildServer(folder), startChildServer(folder)])
  })

  afterAll(async () => {
    expect(await Promise.all([first.stop('SIGTERM'), second.stop('SIGTERM')])).toEqual([0, 0])
    await database[Symbol.asyncDispose]()
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

  test('one that is killed under load leaves nothing half-done, and the others go on', async () => {
    const third = await startChildServer(folder)
    const { csr } = await createCsr()
    let signed = 0
    const sign = async (): Promise<void> => {
      for (;;) {
        const body = { csr, ott: await createToken(folder) }
        const answer = await post(third, '/sign', { body }).catch(() => undefined)
        if (answer === undefined) return
        expect(answer.status).toBe(201)
        signed += 1
        if (signed === 50) third.child.kill('SIGKILL')
      }
    }
    const before = await countRows()
    await Promise.all(Array.from({ length: 8 }, sign))
    expect(await third.stop('SIGKILL')).toBe('SIGKILL')
    const settled = async () => {
      const after = await countRows()
      return after.map((count, index) => count - (before[index] ?? 0))
    }
    // What the instance had sent before it died may still be under way in the database.
    await expect.poll(async () => new Set(await settled()).size).toBe(1)
    expect((await settled())[0]).toBeGreaterThanOrEqual(signed)
    await obtain(first)
  })

  /** What each issuance adds one row to. */
  async function countRows(): Promise<readonly number[]> {
    const counts = ['certificates', 'spent_tokens', 'audit'].map(async (table) => {
      const [row] = await database.query(`select count(*) as count from mayfly_${table}`)
      return Number(row?.count)
    })
    return Promise.all(counts)
  }

  async function revoke(server: ChildServer, leafPem: string): Promise<Answer> {
    const serial = BigInt(`0x${new X509Certificate(leafPem).serialNumber}`).toString()
    const ott = await createToken(folder, { subject: serial, operation: 'revoke' })
    return post(server, '/revoke', { body: { serial, ott, passive: true, withRenewals: true } })
  }
}
