import { X509Certificate } from 'node:crypto'
import { Agent } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createCsr,
  issuedSchema,
  obtainCertificate,
} from '../apps/ca-server/test/support/certificates.ts'
import type { ChildServer } from '../apps/ca-server/test/support/child-server.ts'
import { type Answer, type CallOptions, call } from '../apps/ca-server/test/support/http-client.ts'
import { createToken } from '../apps/ca-server/test/support/running-server.ts'
import { type Fleet, startFleet } from './support/fleet.ts'
import { type DatabaseKind, findDatabaseMissing } from './support/test-database.ts'

const { rounds, connections } =
  process.env.MAYFLY_TEST_LONG === undefined
    ? { rounds: 5, connections: 75 }
    : { rounds: 200, connections: 500 }
const kinds: readonly DatabaseKind[] = ['sqlite', 'mysql', 'postgresql']

for (const kind of kinds) {
  const missing = await findDatabaseMissing(kind)
  if (missing === undefined) describe(`three instances on ${kind}`, () => testThree(kind))
  else test(`same token on ${kind}`, ({ skip }) => skip(missing))
}

function testThree(kind: DatabaseKind): void {
  let fleet: Fleet
  let csr: string

  beforeAll(async () => {
    fleet = await startFleet(kind, 3)
    ;({ csr } = await createCsr())
  })

  afterAll(() => fleet[Symbol.asyncDispose]())

  /** Sends each token, all at once, by as many connections; counts the answers by their status. */
  async function sendAtOnce(
    tokens: readonly string[],
    agents?: readonly Agent[],
  ): Promise<Readonly<Record<string, number>>> {
    const { servers, folder } = fleet
    const answers = await Promise.all(
      tokens.map(async (ott, index) => {
        const [place, body] = [index % servers.length, { csr, ott }]
        const [port, agent] = [servers[place]?.port ?? 0, agents?.[place]]
        const { rootPem } = folder
        const options = { port, rootPem, body, ...(agent === undefined ? {} : { agent }) }
        return call('/sign', options).then(({ status }) => String(status), String)
      }),
    )
    return Object.fromEntries(
      [...Map.groupBy(answers, (status) => status)].map(([status, { length }]) => [status, length]),
    )
  }

  const repeat = async (count: number): Promise<readonly string[]> =>
    Array<string>(count).fill(await createToken(fleet.folder))

  test('give one certificate for a token sent 50 times at once, from the very first on', async () => {
    const agents = fleet.servers.map(() => new Agent({ keepAlive: true }))
    for (let round = 0; round < rounds; round += 1) {
      expect(await sendAtOnce(await repeat(50), agents)).toEqual({ 201: 1, 401: 49 })
    }
    for (const agent of agents) agent.destroy()
  })

  test(`fail none of ${connections} connections at once, by one token or by one each`, async () => {
    const { folder } = fleet
    const others = connections - 1
    expect(await sendAtOnce(await repeat(connections))).toEqual({ 201: 1, 401: others })
    const each = Array.from({ length: connections }, () => createToken(folder))
    expect(await sendAtOnce(await Promise.all(each))).toEqual({ 201: connections })
  })

  const post = (
    { port }: ChildServer,
    path: string,
    options: Partial<CallOptions>,
  ): Promise<Answer> =>
    call(path, { port, rootPem: fleet.folder.rootPem, method: 'POST', ...options })

  async function revokeWithRenewals(server: ChildServer, leafPem: string): Promise<Answer> {
    const serial = BigInt(`0x${new X509Certificate(leafPem).serialNumber}`).toString()
    const ott = await createToken(fleet.folder, { subject: serial, operation: 'revoke' })
    return post(server, '/revoke', { body: { serial, ott, passive: true, withRenewals: true } })
  }

  test('renew what another has issued, and nothing that another has revoked', async () => {
    const { folder } = fleet
    const [first, second, third] = fleet.servers
    if (first === undefined || second === undefined || third === undefined) throw new Error('three')
    const { chainPem, keyPem, leafPem } = await obtainCertificate(
      { port: first.port, createToken: (options) => createToken(folder, options) },
      folder.rootPem,
    )
    const answer = await post(second, '/renew', { cert: chainPem, key: keyPem })
    expect(answer.status).toBe(201)
    const renewed = issuedSchema.parse(answer.json).certChain.join('')
    const { status, json } = await revokeWithRenewals(third, leafPem)
    expect(status).toBe(200)
    expect(json).toHaveProperty('serials.length', 2)
    for (const server of fleet.servers) {
      for (const cert of [chainPem, renewed]) {
        expect((await post(server, '/renew', { cert, key: keyPem })).status).toBe(401)
      }
    }
  })
}
