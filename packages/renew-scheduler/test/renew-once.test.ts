import { spawn } from 'node:child_process'
import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type CaClient, createCaClient } from '@mayfly/ca-client'
import { type RenewOnceOptions, renewOnce } from '@mayfly/renew-scheduler'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { generateKey, type Leaf, type RenewingCa, startRenewingCa } from './support/renewing-ca.ts'

let ca: RenewingCa
let client: CaClient
let folder: string
let certificatePath: string
let privateKey: KeyObject

beforeAll(async () => {
  ca = await startRenewingCa()
  client = createCaClient({ url: ca.url, roots: [ca.root] })
})
afterAll(async () => {
  client.close()
  await ca[Symbol.asyncDispose]()
})
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-renew-'))
  certificatePath = join(folder, 'web.crt')
  privateKey = generateKey()
  ca.seen.length = 0
  ca.renewWith(async () => ca.issue({ publicKey: createPublicKey(privateKey) }))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Writes the certificate to be renewed and returns what the file holds. */
async function install(leaf: Partial<Leaf> = {}): Promise<string> {
  const certificate = await ca.issue({ publicKey: createPublicKey(privateKey), ...leaf })
  const pem = [certificate, ca.intermediate].map(encodeCertificatePem).join('')
  writeFileSync(certificatePath, pem)
  return pem
}

function renew(options: Partial<RenewOnceOptions> = {}): ReturnType<typeof renewOnce> {
  return renewOnce({ certificatePath, privateKey, client, now: () => new Date(), ...options })
}

describe('renewOnce', () => {
  test('shows the certificate, and replaces its file by the new chain', async () => {
    const old = await install()
    const { certificate, chain } = await renew()
    const written = readFileSync(certificatePath, 'utf8')
    expect(written).not.toBe(old)
    expect(written).toBe([certificate, ca.intermediate].map(encodeCertificatePem).join(''))
    expect(chain.map(encodeCertificatePem).join('')).toBe(written)
    expect(ca.seen).toEqual(['mutual TLS'])
    expect(readdirSync(folder)).toEqual(['web.crt'])
  })

  test('sends a token when told not to use mutual TLS', async () => {
    await install()
    await renew({ mutualTls: false })
    expect(ca.seen).toEqual(['token'])
  })

  test('sends a token for an expired certificate', async () => {
    const old = await install({ hours: [-3, -1] })
    await renew()
    expect(ca.seen).toEqual(['token'])
    expect(readFileSync(certificatePath, 'utf8')).not.toBe(old)
  })

  test('goes by the clock it is given', async () => {
    await install({ hours: [-1, 23] })
    const now = () => new Date(Date.now() + 23 * 3_600_000 + 1000)
    ca.renewWith(() => ca.issue({ publicKey: createPublicKey(privateKey), hours: [0, 48] }))
    await renew({ now })
    expect(ca.seen).toEqual(['token'])
  })

  test('writes to another file, for the owner alone, and leaves the first', async () => {
    const old = await install()
    const out = join(folder, 'new.crt')
    const { certificate } = await renew({ out })
    expect(readFileSync(certificatePath, 'utf8')).toBe(old)
    expect(readFileSync(out, 'utf8')).toContain(encodeCertificatePem(certificate))
    expect(statSync(out).mode & 0o777).toBe(0o600)
  })

  test('hands the chain over where the caller writes it', async () => {
    const old = await install()
    const written: string[][] = []
    const { chain } = await renew({
      out: '/dev/stdout',
      writeFile: async (path, contents) => void written.push([path, contents]),
    })
    expect(written).toEqual([['/dev/stdout', chain.map(encodeCertificatePem).join('')]])
    expect(readFileSync(certificatePath, 'utf8')).toBe(old)
  })

  test('keeps the mode of the file, and the link that leads to it', async () => {
    await install()
    chmodSync(certificatePath, 0o644)
    const link = join(folder, 'link.crt')
    symlinkSync('web.crt', link)
    const { certificate } = await renew({ certificatePath: link })
    expect(lstatSync(link).isSymbolicLink()).toBe(true)
    expect(statSync(certificatePath).mode & 0o777).toBe(0o644)
    expect(readFileSync(certificatePath, 'utf8')).toContain(encodeCertificatePem(certificate))
  })

  test('takes the names in any order', async () => {
    await install()
    ca.renewWith(() =>
      ca.issue({
        publicKey: createPublicKey(privateKey),
        subjectAltNames: [
          { type: 'ip', value: '10.0.0.1' },
          { type: 'dns', value: 'web.internal' },
        ],
      }),
    )
    await renew()
  })
})

describe('the file stays as it was', () => {
  const unfit: { what: string; leaf: () => Leaf; code: string; message: string }[] = [
    {
      what: 'another common name',
      leaf: () => ({ publicKey: createPublicKey(privateKey), commonName: 'other.internal' }),
      code: 'renewed_names_differ',
      message:
        'the renewed certificate is for CN=other.internal web.internal 10.0.0.1, not CN=web.internal web.internal 10.0.0.1',
    },
    {
      what: 'a name less',
      leaf: () => ({
        publicKey: createPublicKey(privateKey),
        subjectAltNames: [{ type: 'dns', value: 'web.internal' }],
      }),
      code: 'renewed_names_differ',
      message:
        'the renewed certificate is for CN=web.internal web.internal, not CN=web.internal web.internal 10.0.0.1',
    },
    {
      what: 'a life that is over',
      leaf: () => ({ publicKey: createPublicKey(privateKey), hours: [-3, -1] }),
      code: 'renewed_certificate_expired',
      message: expect.stringMatching(/^the renewed certificate ended at \d{4}-.*Z$/),
    },
    {
      what: 'another key',
      leaf: () => ({ publicKey: createPublicKey(generateKey()) }),
      code: 'malformed_answer',
      message: expect.stringContaining('the certificate is for another key'),
    },
  ]
  test.each(unfit)('when the answer has $what', async ({ leaf, code, message }) => {
    const old = await install()
    ca.renewWith(() => ca.issue(leaf()))
    await expect(renew()).rejects.toMatchObject({ code, message })
    expect(readFileSync(certificatePath, 'utf8')).toBe(old)
    expect(readdirSync(folder)).toEqual(['web.crt'])
  })

  test('when the CA refuses', async () => {
    const old = await install()
    ca.renewWith(async () => undefined)
    await expect(renew()).rejects.toMatchObject({
      name: 'CaClientError',
      code: 'refused',
      message: 'no.',
    })
    expect(readFileSync(certificatePath, 'utf8')).toBe(old)
  })

  test('when the key is another certificate’s', async () => {
    const old = await install()
    for (const mutualTls of [true, false]) {
      await expect(renew({ privateKey: generateKey(), mutualTls })).rejects.toMatchObject({
        code: 'identity_invalid',
      })
    }
    expect(ca.seen).toEqual([])
    expect(readFileSync(certificatePath, 'utf8')).toBe(old)
  })

  test('when the new one cannot be written', async () => {
    const old = await install()
    const out = join(folder, 'missing', 'web.crt')
    await expect(renew({ out })).rejects.toMatchObject({
      name: 'RenewalError',
      code: 'certificate_unwritable',
      message: `write ${out} failed: no such file or directory`,
    })
    await expect(renew({ out: folder })).rejects.toMatchObject({ code: 'certificate_unwritable' })
    expect(readFileSync(certificatePath, 'utf8')).toBe(old)
    expect(readdirSync(folder)).toEqual(['web.crt'])
  })

  test('when the disk is full', async () => {
    const old = await install()
    const script = `
      const { createPrivateKey } = await import('node:crypto')
      const { createCaClient } = await import('@mayfly/ca-client')
      const { renewOnce } = await import('@mayfly/renew-scheduler')
      const { certificatePath, key, url, roots } = JSON.parse(process.argv[1])
      const client = createCaClient({ url, roots })
      const options = { certificatePath, privateKey: createPrivateKey(key), client }
      const error = await renewOnce({ ...options, now: () => new Date() }).catch((error) => error)
      client.close()
      process.stdout.write(error?.code + ': ' + error?.message)
    `
    const input = JSON.stringify({
      certificatePath,
      key: privateKey.export({ format: 'pem', type: 'pkcs8' }),
      url: ca.url,
      roots: encodeCertificatePem(ca.root),
    })
    const limited = 'ulimit -f 1; exec "$0" --input-type=module --eval "$1" "$2"'
    const child = spawn('bash', ['-c', limited, process.execPath, script, input], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    expect(await text(child.stdout)).toBe(
      `certificate_unwritable: write ${certificatePath} failed: file too large`,
    )
    expect(readFileSync(certificatePath, 'utf8')).toBe(old)
    expect(readdirSync(folder)).toEqual(['web.crt'])
  })
})

describe('a file that cannot be renewed', () => {
  test('that is missing is named', async () => {
    await expect(renew()).rejects.toMatchObject({
      code: 'certificate_unreadable',
      message: `error reading ${certificatePath}: no such file or directory`,
    })
  })

  test.each(['', 'hello', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'])(
    'that holds %j is refused',
    async (contents) => {
      writeFileSync(certificatePath, contents)
      await expect(renew()).rejects.toMatchObject({ code: 'certificate_unreadable' })
      expect(ca.seen).toEqual([])
    },
  )
})
