import { X509Certificate } from 'node:crypto'
import { openAuthority } from '@mayfly/authority-host'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder, random } from '../support/authority-folder.ts'
import { createCsr, issuedSchema } from '../support/certificates.ts'
import { type ChildServer, startChildServer } from '../support/child-server.ts'
import { call } from '../support/http-client.ts'
import { createToken } from '../support/running-server.ts'

let folder: AuthorityFolder

beforeAll(async () => {
  folder = await createAuthorityFolder()
})

afterAll(() => folder.dispose())

/** What a client holds: the certificate it was given and the token it gave. */
interface Received {
  readonly token: string
  readonly certificate: X509Certificate
}

const kills = process.env.MAYFLY_TEST_LONG === undefined ? 2 : 10
const clients = 8
const killAfter = 40

test('after kill -9 under load every received certificate is recorded and no spent token works', async () => {
  const { csr } = await createCsr()
  const received: Received[] = []
  for (let round = 0; round < kills; round += 1) {
    const server = await startChildServer(folder)
    const enough = received.length + killAfter
    const clientsDone = Array.from({ length: clients }, () =>
      signUntilCut(server, csr, (each) => {
        received.push(each)
        if (received.length === enough) server.child.kill('SIGKILL')
      }),
    )
    await Promise.all(clientsDone)
    expect(await server.stop('SIGKILL')).toBe('SIGKILL')
  }
  expect(received.length).toBeGreaterThanOrEqual(kills * killAfter)
  await expectRecorded(received)
  await expectSpent(received, csr)
})

/** Signs one certificate after the other until the server is gone. */
async function signUntilCut(
  { port }: ChildServer,
  csr: string,
  keep: (received: Received) => void,
): Promise<void> {
  for (;;) {
    const token = await createToken(folder)
    const body = { csr, ott: token }
    const answer = await call('/sign', { port, rootPem: folder.rootPem, body }).catch(
      () => undefined,
    )
    if (answer === undefined) return
    expect(answer.status).toBe(201)
    keep({ token, certificate: new X509Certificate(issuedSchema.parse(answer.json).crt) })
  }
}

async function expectRecorded(received: readonly Received[]): Promise<void> {
  await using host = await openAuthority({
    configurationPath: folder.configurationPath,
    now: () => new Date(),
    random,
  })
  for (const { certificate } of received) {
    const record = await host.store.findCertificate(BigInt(`0x${certificate.serialNumber}`))
    expect(Buffer.from(record?.der ?? []).equals(certificate.raw)).toBe(true)
  }
}

async function expectSpent(received: readonly Received[], csr: string): Promise<void> {
  const server = await startChildServer(folder)
  const { port } = server
  for (const { token } of received) {
    const { status } = await call('/sign', {
      port,
      rootPem: folder.rootPem,
      body: { csr, ott: token },
    })
    expect(status).toBe(401)
  }
  const fresh = { csr, ott: await createToken(folder) }
  expect((await call('/sign', { port, rootPem: folder.rootPem, body: fresh })).status).toBe(201)
  expect(await server.stop('SIGTERM')).toBe(0)
}
