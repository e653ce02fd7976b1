import { execFileSync, spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AuthorityFolder, createAuthorityFolder } from '../support/authority-folder.ts'
import { obtainCertificate } from '../support/certificates.ts'
import { type RunningServer, startServer } from '../support/running-server.ts'

let folder: AuthorityFolder
let running: RunningServer

beforeAll(async () => {
  folder = await createAuthorityFolder()
  running = await startServer(folder)
})

afterAll(async () => {
  await running[Symbol.asyncDispose]()
  await folder.dispose()
})

/** What `openssl s_client` says of a handshake; `input` is typed after it. */
async function connect(words: readonly string[], input = ''): Promise<string> {
  const root = join(folder.directory, 'certs', 'root_ca.crt')
  const child = spawn('openssl', [
    's_client',
    '-connect',
    `127.0.0.1:${running.port}`,
    '-CAfile',
    root,
    ...words,
  ])
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)])
  return out + error
}

describe('openssl s_client', () => {
  test('trusts the chain and the names', async () => {
    const said = await connect(['-verify_hostname', 'localhost'])
    expect(said).toContain('Verification: OK')
    expect(said).toContain('Verified peername: localhost')
    expect(said).toMatch(
      /Certificate chain\n 0 s:CN = Step Online CA\n[\s\S]* 1 s:O = Test, CN = Test Intermediate CA\n/,
    )
    expect(said).not.toContain('\n 2 s:')
    expect(await connect(['-verify_ip', '127.0.0.1'])).toContain('Verification: OK')
  })

  test('sees whose client certificates are acceptable: the root’s, then the intermediate’s', async () => {
    expect(await connect([])).toContain(
      'Acceptable client certificate CA names\nO = Test, CN = Test Root CA\nO = Test, CN = Test Intermediate CA\n',
    )
  })

  test.each(['-tls1', '-tls1_1'])('is refused with %s', async (version) => {
    const said = await connect([version, '-cipher', 'ALL:@SECLEVEL=0'])
    expect(said).toMatch(/alert protocol version|no protocols available/)
    expect(said).toContain('Cipher is (NONE)')
  })

  test.each([
    { suite: 'ECDHE-ECDSA-CHACHA20-POLY1305', accepted: true },
    { suite: 'ECDHE-ECDSA-AES128-GCM-SHA256', accepted: true },
    { suite: 'ECDHE-ECDSA-AES256-GCM-SHA384', accepted: false },
    { suite: 'ECDHE-RSA-AES128-GCM-SHA256', accepted: false },
    { suite: 'AES128-SHA', accepted: false },
  ])('gets $suite over TLS 1.2: $accepted', async ({ suite, accepted }) => {
    const said = await connect(['-tls1_2', '-cipher', suite])
    expect(said).toContain(accepted ? `Cipher is ${suite}` : 'Cipher is (NONE)')
  })

  test.each(['TLS_AES_128_GCM_SHA256', 'TLS_CHACHA20_POLY1305_SHA256'])(
    'gets %s over TLS 1.3',
    async (suite) => {
      expect(await connect(['-tls1_3', '-ciphersuites', suite])).toContain(`Cipher is ${suite}`)
    },
  )

  test('cannot renegotiate', async () => {
    const said = await connect(['-tls1_2'], 'R\n')
    expect(said).toContain('RENEGOTIATING')
    expect(said).toContain('no renegotiation')
  })

  test('gets the same certificate whatever name it asks for', async () => {
    const leafOf = (said: string) => /-----BEGIN[\s\S]+?END CERTIFICATE-----/.exec(said)?.[0]
    const plain = leafOf(await connect(['-noservername']))
    expect(plain).toBeDefined()
    expect(leafOf(await connect(['-servername', 'other.example']))).toBe(plain)
  })

  test('is given HTTP/1.1 and no other protocol', async () => {
    expect(await connect(['-alpn', 'h2,http/1.1'])).toContain('ALPN protocol: http/1.1')
  })

  test.each(['-tls1_2', '-tls1_3'])('renews with a client certificate, %s', async (version) => {
    const { chainPem, keyPem } = await obtainCertificate(running, folder.rootPem)
    const file = join(folder.directory, 'client.pem')
    await writeFile(file, chainPem + keyPem)
    const request = 'POST /renew HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
    const client = ['-cert', file, '-cert_chain', file, '-ign_eof', '-quiet']
    expect(await connect([version, ...client], request)).toContain('HTTP/1.1 201 Created')
  })

  test.each(['-tls1_2', '-tls1_3'])(
    'is refused with a certificate forged in our name, %s',
    async (version) => {
      const file = join(folder.directory, 'forged.pem')
      const word = (name: string) => join(folder.directory, name)
      const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' })
      const subject = '/O=Test/CN=Test Intermediate CA'
      const authority = ['-keyout', word('forger.key'), '-out', word('forger.crt')]
      openssl('req', '-x509', ...newKey, '-subj', subject, ...authority)
      const leaf = ['-keyout', word('forged.key'), '-out', word('forged.csr')]
      openssl('req', '-new', ...newKey, '-subj', '/CN=web.internal', ...leaf)
      const issuer = ['-CA', word('forger.crt'), '-CAkey', word('forger.key'), '-CAcreateserial']
      openssl('x509', '-req', '-in', word('forged.csr'), ...issuer, '-out', file)
      const request = 'POST /renew HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'
      const client = ['-cert', file, '-key', word('forged.key'), '-ign_eof', '-quiet']
      expect(await connect([version, ...client], request)).toContain('HTTP/1.1 401 Unauthorized')
    },
  )
})
