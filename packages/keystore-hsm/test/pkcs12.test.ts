import { execFileSync, spawnSync } from 'node:child_process'
import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatePrivateKey, type KeyType } from '@mayfly/keystore-hsm'
import { encodePkcs12, type Pkcs12Protection } from '@mayfly/keystore-hsm/pkcs12'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'mayfly-pkcs12-'))
afterAll(() => rmSync(folder, { recursive: true }))

const [leaf, root] = [makeCertificate('leaf'), makeCertificate('root')]
// Few rounds: what the default is, one test shows.
const fast = { strength: 'modern', rounds: 1000 } as const

describe('an identity', () => {
  test.each<KeyType>([
    { kty: 'EC', crv: 'P-256' },
    { kty: 'OKP', crv: 'Ed25519' },
    { kty: 'RSA', size: 2048 },
  ])('$kty is read back by openssl, the certificate of the key first', async (type) => {
    const privateKey = await generatePrivateKey(type)
    const certificates = [leaf, root] as const
    const octets = await encodePkcs12(
      { type: 'identity', privateKey, certificates },
      { ...fast, password: 'secret' },
    )
    const shown = openssl(octets, ['-nodes', '-passin', 'pass:secret'])
    const blocks =
      shown.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? []
    expect(blocks.map((block) => new X509Certificate(block).raw)).toEqual(certificates)
    expect(
      createPublicKey(shown.slice(shown.indexOf('-----BEGIN PRIVATE'))).equals(
        createPublicKey(privateKey),
      ),
    ).toBe(true)
    const identifiers = shown.match(/localKeyID: .*/g)
    expect(identifiers).toHaveLength(2)
    expect(new Set(identifiers).size).toBe(1)
  })

  test.each<{ strength: Pkcs12Protection['strength']; certificates: string; mac: string }>([
    {
      strength: 'modern',
      certificates:
        'PKCS7 Encrypted data: PBES2, PBKDF2, AES-256-CBC, Iteration 600000, PRF hmacWithSHA256',
      mac: 'MAC: sha256, Iteration 600000',
    },
    {
      strength: 'legacy',
      certificates: 'PKCS7 Encrypted data: pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2048',
      mac: 'MAC: sha1, Iteration 2048',
    },
  ])('$strength says how it is protected', async ({ strength, certificates, mac }) => {
    const privateKey = await generatePrivateKey()
    const octets = await encodePkcs12(
      { type: 'identity', privateKey, certificates: [leaf] },
      { strength, password: 'secret' },
    )
    const shown = openssl(octets, ['-info', '-noout', '-passin', 'pass:secret'])
    expect(shown).toContain(certificates)
    expect(shown).toContain(mac)
  })

  test.each(['', 'p ss', 'pä€ß🔑'])(
    'the password "%s" opens it, another does not',
    async (password) => {
      const privateKey = await generatePrivateKey()
      const contents = { type: 'identity', privateKey, certificates: [leaf] } as const
      for (const strength of ['modern', 'legacy'] as const) {
        const octets = await encodePkcs12(contents, { strength, password, rounds: 1000 })
        expect(openssl(octets, ['-nodes', '-passin', `pass:${password}`])).toContain('PRIVATE KEY')
        expect(openssl(octets, ['-nodes', '-passin', 'pass:wrong'])).toContain('invalid password')
      }
    },
  )

  test('two files of the same contents share neither salt nor ciphertext', async () => {
    const privateKey = await generatePrivateKey()
    const contents = { type: 'identity', privateKey, certificates: [leaf] } as const
    const [one, other] = await Promise.all(
      ['secret', 'secret'].map((password) => encodePkcs12(contents, { ...fast, password })),
    )
    expect(Buffer.from(one ?? []).subarray(100, 400)).not.toEqual(
      Buffer.from(other ?? []).subarray(100, 400),
    )
  })
})

describe('a trust store', () => {
  test('holds certificates by name, marked as trusted, and no key', async () => {
    const octets = await encodePkcs12(
      {
        type: 'trust store',
        anchors: [
          { certificate: root, friendlyName: 'Root – Ünïcode' },
          { certificate: leaf, friendlyName: 'x'.repeat(200) },
        ],
      },
      { ...fast, password: 'secret' },
    )
    const shown = openssl(octets, ['-nodes', '-passin', 'pass:secret'])
    expect(shown).not.toContain('PRIVATE KEY')
    expect(shown).toContain(`friendlyName: ${'x'.repeat(200)}`)
    expect(shown.match(/^ +2\.16\.840\.1\.113894\.746875\.1\.1:/gm)).toHaveLength(2)
  })
})

/** Opens a file with openssl and returns all that it prints. */
function openssl(octets: Uint8Array, words: readonly string[]): string {
  const path = join(folder, 'file.p12')
  writeFileSync(path, octets)
  const { stdout, stderr } = spawnSync('openssl', ['pkcs12', '-in', path, ...words], {
    encoding: 'utf8',
  })
  return stdout + stderr
}

function makeCertificate(name: string): Uint8Array {
  const path = join(folder, `${name}.crt`)
  const request = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-keyout', `${path}.key`]
  execFileSync('openssl', [...request, '-subj', `/CN=${name}`, '-out', path], { stdio: 'pipe' })
  return new X509Certificate(readFileSync(path)).raw
}
