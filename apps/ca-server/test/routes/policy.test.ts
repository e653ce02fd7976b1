import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { createCsr, issuedSchema } from '../support/certificates.ts'
import { type Answer, call } from '../support/http-client.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

const allow = {
  dns: ['*.ok.example', 'me.example'],
  ip: ['10.0.0.0/8', '2001:db8::/32'],
  email: ['@ok.example'],
  uri: ['*.ok.example'],
  cn: ['The Name'],
}
const deny = {
  dns: ['bad.ok.example'],
  ip: ['10.9.0.0/16'],
  email: ['bad@ok.example'],
  uri: ['bad.ok.example'],
  cn: ['bad2.ok.example'],
}

/** Where a policy may stand. */
const places = [
  { place: 'authority', path: 'authority.policy' },
  { place: 'provisioner', path: 'authority.provisioners[0].policy' },
] as const

let original: AuthorityFolder
beforeAll(async () => {
  original = await createAuthorityFolder()
})
afterAll(() => original.dispose())

describe.each(places)('a policy at the $place', ({ place, path }) => {
  let folder: AuthorityFolder
  let running: RunningServer
  beforeAll(async () => {
    folder = await original.copy()
    await folder.rewrite((document) => setPolicy(document, place, { x509: { allow, deny } }))
    running = await startServer(folder)
  })
  afterAll(async () => {
    await running[Symbol.asyncDispose]()
    await folder.dispose()
  })

  let count = 0
  const sign = async (
    subject: string,
    sans?: readonly string[],
  ): Promise<Answer & { id: string }> => {
    count += 1
    const id = `policy-${count}`
    const ott = await running.createToken({ subject, ...(sans === undefined ? {} : { sans }) })
    const { csr } = await createCsr('', [])
    const { port } = running
    const headers = { 'x-request-id': id }
    const answer = await call('/sign', {
      port,
      rootPem: folder.rootPem,
      body: { csr, ott },
      headers,
    })
    return { ...answer, id }
  }

  test.each([
    ['dns', 'a.ok.example'],
    ['ip', '10.0.0.1'],
    ['ip', '2001:db8::1'],
    ['email', 'me@ok.example'],
    ['uri', 'spiffe://a.ok.example/x'],
    ['cn', 'the name'],
  ])('lets a name of kind %s pass: %s', async (kind, name) => {
    const answer = kind === 'cn' ? await sign(name, ['a.ok.example']) : await sign(name)
    expect(answer.status).toBe(201)
    const { crt } = issuedSchema.parse(answer.json)
    expect(new X509Certificate(crt).subject).toContain(name)
  })

  test.each([
    ['dns', 'bad.ok.example', 'deny.dns[0]'],
    ['dns', 'BAD.ok.example.', 'deny.dns[0]'],
    ['dns', 'a.b.ok.example', 'allow.dns'],
    ['dns', '*.ok.example', 'deny.dns[0]'],
    ['ip', '10.9.1.1', 'deny.ip[0]'],
    ['ip', '192.0.2.1', 'allow.ip'],
    ['email', 'BAD@ok.example', 'deny.email[0]'],
    ['email', 'me@other.example', 'allow.email'],
    ['uri', 'https://bad.ok.example/', 'deny.uri[0]'],
    ['uri', 'https://b%61d.ok.example/', 'deny.uri[0]'],
    ['uri', 'https://other.example/', 'allow.uri'],
  ])('refuses a name of kind %s: %s, by %s', async (kind, name, rule) => {
    const { json, status, id } = await sign('me.example', ['me.example', name])
    const message = `The request was forbidden by the certificate authority: ${kind} name "${name}" not allowed`
    expect(json).toEqual({ status: 403, message })
    expect(status).toBe(403)
    const line = await running.findAccessLine(id)
    expect(line.error).toContain(`refused by ${path}.x509.${rule}`)
  })

  test.each([
    ['bad2.ok.example', 'deny.cn[0]'],
    ['bad.ok.example', 'deny.dns[0]'],
    ['Another Name', 'allow.dns'],
  ])('refuses the common name %s, by %s', async (name, rule) => {
    const { json, id } = await sign(name, ['me.example'])
    const message = `The request was forbidden by the certificate authority: cn name "${name}" not allowed`
    expect(json).toEqual({ status: 403, message })
    expect((await running.findAccessLine(id)).error).toContain(`${path}.x509.${rule}`)
  })

  test('is shown to nobody', async () => {
    const { port } = running
    const { text } = await call('/provisioners', { port, rootPem: folder.rootPem })
    expect(text).toContain('admin@example.org')
    expect(text).not.toContain('ok.example')
  })
})

test('the policies of authority and provisioner must both let a name pass, and a refusal spends no token', async () => {
  const folder = await original.copy()
  await folder.rewrite((document) => {
    setPolicy(document, 'authority', { x509: { allow: { dns: ['*.ok.example'] } } })
    setPolicy(document, 'provisioner', { x509: { deny: { dns: ['a.ok.example'] } } })
  })
  const running = await startServer(folder)
  const { port } = running
  const { csr } = await createCsr('', [])
  const sign = async (subject: string, ott?: string): Promise<number> => {
    const body = { csr, ott: ott ?? (await running.createToken({ subject })) }
    return (await call('/sign', { port, rootPem: folder.rootPem, body })).status
  }
  const refused = await running.createToken({ subject: 'a.ok.example' })
  expect(await sign('b.ok.example')).toBe(201)
  expect(await sign('', refused)).toBe(403)
  expect(await sign('c.example')).toBe(403)

  await folder.rewrite((document) => setPolicy(document, 'provisioner', {}))
  await running[Symbol.asyncDispose]()
  const again = await startServer(folder)
  const body = { csr, ott: refused }
  expect((await call('/sign', { port: again.port, rootPem: folder.rootPem, body })).status).toBe(
    201,
  )
  await again[Symbol.asyncDispose]()
  await folder.dispose()
})

function setPolicy(
  document: Record<string, unknown>,
  place: 'authority' | 'provisioner',
  policy: unknown,
): void {
  const authority = document.authority as { policy?: unknown; provisioners: { policy?: unknown }[] }
  const [provisioner] = authority.provisioners
  if (place === 'authority') authority.policy = policy
  else if (provisioner !== undefined) provisioner.policy = policy
}
