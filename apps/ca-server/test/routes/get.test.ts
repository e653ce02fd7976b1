import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { type Answer, call } from '../support/http-client.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

let folder: AuthorityFolder
let running: RunningServer

beforeAll(async () => {
  folder = await createAuthorityFolder({ withDatabase: false })
  await folder.rewrite((document) => {
    const authority = document.authority as { provisioners: unknown[] }
    authority.provisioners.push(
      ...Array.from({ length: 4 }, (_, index) => ({ type: 'ACME', name: `acme-<${index}>` })),
    )
  })
  running = await startServer(folder)
})

afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await folder.dispose()
})

const get = (path: string, options: { method?: string; headers?: Record<string, string> } = {}) =>
  call(path, { port: running.port, rootPem: folder.rootPem, ...options })

describe('what anyone may read', () => {
  const json = 'application/json'
  const pem = 'application/x-pem-file'
  test.each([
    { path: '/health', status: 200, type: json, body: /^\{"status":"ok"\}\n$/ },
    { path: '/version', status: 200, type: json, body: /^\{"version":"[\d.]+"\}\n$/ },
    {
      path: '/roots',
      status: 201,
      type: json,
      body: /^\{"crts":\["-----BEGIN CERT[^"]+\\n"\]\}\n$/,
    },
    { path: '/roots.pem', status: 200, type: pem, body: /^-----BEGIN [\s\S]+CERTIFICATE-----\n$/ },
    { path: '/intermediates', status: 201, type: json, body: /^\{"crts":\["[^"]+"\]\}\n$/ },
    { path: '/intermediates.pem', status: 200, type: pem, body: /^-----BEGIN CERTIFICATE/ },
    { path: '/federation', status: 201, type: json, body: /^\{"crts":\["[^"]+"\]\}\n$/ },
    { path: '/provisioners', status: 200, type: json, body: /^\{"provisioners":\[\{"type":"JWK"/ },
  ])(
    '$path answers $status, with /1.0 too, and HEAD alike',
    async ({ path, status, type, body }) => {
      const headersOf = ({ headers }: Answer) => [
        headers['content-type'],
        headers['content-length'],
      ]
      const plain = await get(path)
      const versioned = await get(`/1.0${path}?x=1`)
      const head = await get(path, { method: 'HEAD' })
      expect(plain.status).toBe(status)
      expect(plain.text).toMatch(body)
      expect(plain.headers['content-type']).toBe(type)
      expect([versioned.status, versioned.text]).toEqual([status, plain.text])
      expect([head.status, head.text]).toEqual([status, ''])
      expect(headersOf(head)).toEqual(headersOf(plain))
    },
  )

  test('a target written as to a proxy means its path', async () => {
    expect((await get('https://localhost/1.0/health')).json).toEqual({ status: 'ok' })
    expect((await get('https://localhost')).status).toBe(404)
  })

  test('a root is found by its fingerprint, whatever its case and dashes', async () => {
    const { rootFingerprint } = await rootOf()
    const spelled = `${rootFingerprint.slice(0, 8).toUpperCase()}-${rootFingerprint.slice(8)}`
    const answer = await get(`/root/${spelled}`)
    expect(answer.status).toBe(200)
    expect(answer.json).toEqual({ ca: folder.rootPem })
  })

  test('an unknown root is named in its refusal', async () => {
    const answer = await get('/1.0/root/AB-c')
    expect(answer.status).toBe(404)
    expect(answer.text).toBe(
      '{"status":404,"message":"root certificate with fingerprint \\"abc\\" was not found"}\n',
    )
  })

  test('the sealed key of a provisioner is found by its kid', async () => {
    const answer = await get(`/provisioners/${folder.provisionerKey.kid}/encrypted-key`)
    expect(answer.json).toEqual({ key: expect.stringMatching(/^eyJ/) })
    const missing = await get('/provisioners/zzz/encrypted-key')
    expect([missing.status, missing.json]).toEqual([
      404,
      {
        status: 404,
        message:
          'The requested resource could not be found. Please see the certificate authority logs for more info.',
      },
    ])
  })
})

async function rootOf(): Promise<{ rootFingerprint: string }> {
  const { X509Certificate } = await import('node:crypto')
  const root = new X509Certificate(folder.rootPem)
  return { rootFingerprint: root.fingerprint256.replaceAll(':', '').toLowerCase() }
}

describe('pages of provisioners', () => {
  const namesOf = ({ json }: Answer) => {
    const { provisioners, nextCursor } = json as {
      provisioners: { name: string }[] | null
      nextCursor: string
    }
    return { names: (provisioners ?? []).map(({ name }) => name), nextCursor }
  }

  test('each page begins where the last one ended', async () => {
    const seen: string[] = []
    let cursor = ''
    do {
      const page = namesOf(await get(`/provisioners?limit=2&cursor=${cursor}`))
      seen.push(...page.names)
      expect(page.nextCursor).not.toMatch(/^0/)
      cursor = page.nextCursor
    } while (cursor !== '')
    expect(seen).toEqual(namesOf(await get('/provisioners?limit=100')).names)
    expect(seen).toHaveLength(5)
  })

  test.each(['0', '-3', '', '1000'])('limit=%s is no error', async (limit) => {
    const answer = await get(`/provisioners?limit=${limit}`)
    expect(answer.status).toBe(200)
    expect(namesOf(answer).names).toHaveLength(5)
  })

  test('a limit that is no integer is refused', async () => {
    const { status, text } = await get('/provisioners?limit=%3Cx%3E')
    expect(status).toBe(400)
    expect(text).toBe(
      `{"status":400,"message":"The request could not be completed: limit '\\u003cx\\u003e' is not an integer."}\n`,
    )
  })

  test('beyond the last one there is nothing', async () => {
    expect((await get(`/provisioners?cursor=${'f'.repeat(40)}`)).text).toBe(
      '{"provisioners":null,"nextCursor":""}\n',
    )
  })

  test('names are escaped as Go escapes them', async () => {
    expect((await get('/provisioners')).text).toContain('"name":"acme-\\u003c0\\u003e"')
  })
})

describe('what is not there', () => {
  test.each([
    '/nope',
    '/health/',
    '/1.0',
    '//health',
    '/1.0/1.0/health',
    '/',
    '/crl',
    '/ssh/roots',
  ])('%s is not found', async (path) => {
    const { status, headers, text } = await get(path)
    expect([status, text]).toEqual([404, '404 page not found\n'])
    expect(headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  test.each([
    { path: '/health', method: 'POST', allow: 'GET' },
    { path: '/1.0/roots', method: 'OPTIONS', allow: 'GET' },
    { path: '/sign', method: 'GET', allow: 'POST' },
    { path: '/renew', method: 'HEAD', allow: 'POST' },
    { path: '/root/abc', method: 'DELETE', allow: 'GET' },
  ])('$method $path is not allowed, $allow is', async ({ path, method, allow }) => {
    const { status, headers, text } = await get(path, { method })
    expect([status, headers.allow, text]).toEqual([405, allow, ''])
  })
})

describe('the identity of a request', () => {
  const fresh = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/
  test.each([
    { headers: {}, expected: fresh },
    { headers: { 'x-request-id': 'abc/1' }, expected: /^abc\/1$/ },
    { headers: { 'x-smallstep-id': 'trace' }, expected: /^trace$/ },
    { headers: { 'x-smallstep-id': 'trace', 'x-request-id': 'id' }, expected: /^id$/ },
    { headers: { 'x-request-id': 'a b' }, expected: fresh },
    { headers: { 'x-request-id': 'x'.repeat(129) }, expected: fresh },
  ])('$headers gives $expected', async ({ headers, expected }) => {
    const answer = await get('/nope', { headers })
    expect(answer.headers['x-request-id']).toMatch(expected)
  })
})
