import { randomBytes } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { Agent, request } from 'node:https'
import { editConfiguration } from '@mayfly/authority-host'
import { createOneTimeToken, generateProvisionerKey, type PrivateJwk } from '@mayfly/jwt-tokens'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { createCsr } from '../support/certificates.ts'
import { type ChildServer, startChildServer } from '../support/child-server.ts'
import { call } from '../support/http-client.ts'
import { createToken } from '../support/running-server.ts'

let folder: AuthorityFolder
let server: ChildServer

beforeEach(async () => {
  folder = await createAuthorityFolder()
  await folder.rewrite((document) => {
    document.mayfly = { watchConfiguration: true }
  })
  server = await startChildServer(folder)
})

afterEach(async () => {
  await server.stop('SIGTERM')
  await folder.dispose()
})

describe('a server that watches its configuration', () => {
  test('takes in a provisioner, and another one’s removal, with no connection dropped', async () => {
    const [early, late] = await Promise.all([createToken(folder), createToken(folder)])
    const agent = new Agent({ keepAlive: true, maxSockets: 1, ca: folder.rootPem })
    const firstPort = await healthPort(agent)
    const { publicJwk, privateJwk } = await generateProvisionerKey()
    await change((provisioners) => [...provisioners, { type: 'JWK', name: 'ops', key: publicJwk }])
    await reloads(1)
    expect(server.errorText()).toContain(`${folder.configurationPath} has changed`)
    expect(await sign(await tokenOf(privateJwk))).toBe(201)
    expect(await sign(early)).toBe(201)
    await change((provisioners) => provisioners.slice(1))
    await reloads(2)
    expect(await sign(late)).toBe(401)
    expect(await sign(await tokenOf(privateJwk))).toBe(201)
    expect(await healthPort(agent)).toBe(firstPort)
    agent.destroy()
  })

  test('refuses a broken file once, serves on, and takes in the mended one', async () => {
    const { configurationPath: path } = folder
    const document = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, '{ "broken": ')
    await server.waitForError('error reloading server')
    expect(await sign(await createToken(folder))).toBe(201)
    // The same content again, as an editor leaves it that replaces by a rename.
    await writeFile(`${path}~`, '{ "broken": ')
    await rename(`${path}~`, path)
    await writeFile(`${path}~`, JSON.stringify({ ...document, commonName: 'Mended' }))
    await rename(`${path}~`, path)
    await reloads(1)
    expect(server.errorText().split('Reload failed')).toHaveLength(2)
    expect(await sign(await createToken(folder))).toBe(201)
  })

  test('says that its own settings are gone when another program has dropped them', async () => {
    await folder.rewrite((document) => {
      delete document.mayfly
    })
    await server.waitForError('WARNING: mayfly: the member is gone')
    expect(await sign(await createToken(folder))).toBe(201)
  })
})

async function change(
  provisioners: (present: readonly unknown[]) => readonly unknown[],
): Promise<void> {
  await editConfiguration({
    path: folder.configurationPath,
    change: (each) => {
      const authority = Object(each.authority)
      return {
        ...each,
        authority: { ...authority, provisioners: provisioners(authority.provisioners) },
      }
    },
  })
}

/** Resolves when the server has taken in a configuration so many times. */
async function reloads(count: number): Promise<void> {
  await server.waitForError(new RegExp(`(?:reloading \\.\\.\\.[^]*?Serving HTTPS[^]*?){${count}}`))
}

async function tokenOf(key: PrivateJwk): Promise<string> {
  return await createOneTimeToken({
    key,
    issuer: 'ops',
    subject: 'web.internal',
    audience: 'https://localhost/1.0/sign',
    now: () => new Date(),
    random: (length) => randomBytes(length),
  })
}

async function sign(ott: string): Promise<number> {
  const { csr } = await createCsr()
  const { port } = server
  return (await call('/sign', { port, rootPem: folder.rootPem, body: { csr, ott } })).status
}

/** Asks for the health over the agent's connection; returns that connection's own port. */
function healthPort(agent: Agent): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  request(
    { agent, host: '127.0.0.1', port: server.port, servername: 'localhost', path: '/health' },
    (response) => {
      response.resume().on('end', () => resolve(port))
    },
  )
    .on('socket', (socket) => {
      const remember = (): void => {
        port = socket.localPort
      }
      if (socket.connecting) socket.once('secureConnect', remember)
      else remember()
    })
    .on('error', reject)
    .end()
  let port: number | undefined
  return promise
}
