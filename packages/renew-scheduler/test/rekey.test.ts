import { createPublicKey } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { encodePrivateKeyPem, keyTypeOf, loadPrivateKey } from '@mayfly/keystore-hsm'
import { canResume, type KeptCertificate } from '@mayfly/renew-scheduler'
import { publicKeyOf } from '@mayfly/x509-profiles'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDaemonBench, type DaemonBench } from './support/daemon-bench.ts'
import { generateKey } from './support/renewing-ca.ts'
import { encodeChain } from './support/virtual-ca.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

let bench: DaemonBench
beforeEach(async () => {
  bench = await createDaemonBench()
})
afterEach(() => bench[Symbol.asyncDispose]())

async function expectPair(password?: string): Promise<void> {
  const key = await loadPrivateKey(bench.keyPath, { password })
  expect(publicKeyOf(bench.installed()).equals(createPublicKey(key))).toBe(true)
}

describe('a daemon that rekeys', () => {
  test('makes a new key each time, and goes on with it', async () => {
    chmodSync(bench.keyPath, 0o640)
    bench.start({ rekey: {} })
    const keys = new Set([readFileSync(bench.keyPath, 'utf8')])
    for (let count = 1; count <= 3; count += 1) {
      await bench.clock.runUntil(count * 17 * hour)
      await expectPair()
      keys.add(readFileSync(bench.keyPath, 'utf8'))
    }
    expect(keys.size).toBe(4)
    expect(bench.ca.seen).toEqual(['rekey', 'rekey', 'rekey'])
    expect(statSync(bench.keyPath).mode & 0o777).toBe(0o640)
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
  })

  test('makes keys of the type in use, or of the one asked for', async () => {
    bench.start({ rekey: { keyType: { kty: 'OKP', crv: 'Ed25519' } } })
    await bench.clock.runUntil(17 * hour)
    expect(keyTypeOf(await loadPrivateKey(bench.keyPath))).toEqual({ kty: 'OKP', crv: 'Ed25519' })
  })

  test('keeps an encrypted key encrypted', async () => {
    const pem = await encodePrivateKeyPem(bench.privateKey, { password: 'secret' })
    writeFileSync(bench.keyPath, pem)
    const key = { path: bench.keyPath, password: async () => 'secret' }
    bench.start({ rekey: {}, key })
    await bench.clock.runUntil(34 * hour)
    expect(readFileSync(bench.keyPath, 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/)
    expect(readFileSync(bench.keyPath, 'utf8')).not.toBe(pem)
    await expectPair('secret')
    expect(bench.ca.seen).toEqual(['rekey', 'rekey'])
  })

  test('writes to other files and goes on from there', async () => {
    const [out, keyOut] = [join(bench.folder, 'new.crt'), join(bench.folder, 'new.key')]
    const before = [bench.certificatePath, bench.keyPath].map((path) => readFileSync(path, 'utf8'))
    bench.start({ rekey: { keyOut }, out })
    await bench.clock.runUntil(34 * hour)
    expect(
      [bench.certificatePath, bench.keyPath].map((path) => readFileSync(path, 'utf8')),
    ).toEqual(before)
    expect(bench.types()).toEqual(['scheduled', 'renewed', 'renewed'])
    expect(statSync(keyOut).mode & 0o777).toBe(0o600)
  })

  test('renews an expired certificate with its key, which no CA rekeys', async () => {
    const key = readFileSync(bench.keyPath, 'utf8')
    await bench.clock.runUntil(2 * day)
    bench.start({ rekey: {} })
    await bench.clock.runUntil(2 * day)
    expect(bench.ca.seen).toEqual(['token'])
    expect(readFileSync(bench.keyPath, 'utf8')).toBe(key)
    await bench.clock.runUntil(2 * day + 17 * hour)
    expect(bench.ca.seen).toEqual(['token', 'rekey'])
  })

  test('leaves both files when the CA gives a certificate of another key', async () => {
    const before = [bench.certificatePath, bench.keyPath].map((path) => readFileSync(path, 'utf8'))
    const foreign = await bench.ca.issueFor(createPublicKey(generateKey()))
    bench.start({ rekey: {}, client: { ...bench.ca, rekey: async () => foreign } })
    await bench.clock.runUntil(17 * hour)
    expect(bench.events.at(-1)).toMatchObject({ error: { code: 'renewed_key_differs' } })
    expect(
      [bench.certificatePath, bench.keyPath].map((path) => readFileSync(path, 'utf8')),
    ).toEqual(before)
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
  })
})

describe('a rekeying that a crash cut short', () => {
  /** What the process had made ready: a certificate of a new key, and the key. */
  async function stage() {
    const key = generateKey()
    const { certificate, chain } = await bench.ca.issueFor(createPublicKey(key))
    const keyPem = key.export({ format: 'pem', type: 'pkcs8' }).toString()
    const [stagedCertificate, stagedKey] = ['.web.crt.rekeyed', '.web.key.rekeyed'].map((name) =>
      join(bench.folder, name),
    )
    if (stagedCertificate === undefined || stagedKey === undefined) throw new Error('no names')
    return {
      certificate,
      writeCertificate: (share = 1) => {
        const pem = encodeChain(chain)
        writeFileSync(stagedCertificate, pem.slice(0, pem.length * share))
      },
      writeKey: () => writeFileSync(stagedKey, keyPem),
      placeKey: () => renameSync(stagedKey, bench.keyPath),
    }
  }

  const beforeTheRenames = [
    { when: 'while the certificate was written', steps: ['half'] },
    { when: 'between certificate and key', steps: ['certificate'] },
    { when: 'before the first rename', steps: ['certificate', 'key'] },
  ]
  test.each(beforeTheRenames)('$when leaves the old pair', async ({ steps }) => {
    const old = bench.installed()
    const staged = await stage()
    if (steps.includes('half')) staged.writeCertificate(0.5)
    if (steps.includes('certificate')) staged.writeCertificate()
    if (steps.includes('key')) staged.writeKey()
    bench.start({ rekey: {} })
    await bench.clock.runUntil(hour)
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
    expect(bench.installed().serialNumber).toBe(old.serialNumber)
    await expectPair()
    await bench.clock.runUntil(17 * hour)
    expect(bench.types()).toEqual(['scheduled', 'renewed'])
    await expectPair()
  })

  test.each([{ rekey: {} }, {}])(
    'between the renames is completed by a daemon of %j',
    async (options) => {
      const staged = await stage()
      staged.writeCertificate()
      staged.writeKey()
      staged.placeKey()
      bench.start(options)
      await bench.clock.runUntil(hour)
      expect(bench.types()).toEqual(['repaired', 'scheduled'])
      expect(bench.installed().serialNumber).toBe(staged.certificate.serialNumber)
      expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
      await expectPair()
      await bench.clock.runUntil(17 * hour)
      expect(bench.types()).toEqual(['repaired', 'scheduled', 'renewed'])
    },
  )

  test('is completed later on, too, and the hook is told in either case', async () => {
    const renewed: KeptCertificate[] = []
    const onRenewed = (kept: KeptCertificate) => void renewed.push(kept)
    const { end } = bench.start({ onRenewed })
    await bench.clock.runUntil(10 * hour)
    for (let times = 1; times <= 2; times += 1) {
      const staged = await stage()
      staged.writeCertificate()
      staged.writeKey()
      staged.placeKey()
      if (times === 2) bench.start({ onRenewed })
      await bench.clock.runUntil((16 + times / 2) * hour)
      await end()
      await expectPair()
      const { serialNumber } = staged.certificate
      expect(bench.installed().serialNumber).toBe(serialNumber)
      expect(renewed.map(({ certificate }) => certificate.serialNumber)).toContain(serialNumber)
      expect(renewed).toHaveLength(times)
      const key = renewed.at(-1)?.privateKey
      expect(key?.equals(await loadPrivateKey(bench.keyPath))).toBe(true)
    }
    expect(bench.types()).toEqual(['scheduled', 'repaired', 'scheduled', 'repaired', 'scheduled'])
    expect(bench.ca.seen).toEqual([])
  })

  test('is not given up for lost when its certificate cannot be read just now', async () => {
    const staged = await stage()
    staged.writeKey()
    staged.placeKey()
    const place = join(bench.folder, '.web.crt.rekeyed')
    mkdirSync(place)
    bench.start({ rekey: {} })
    await bench.clock.runUntil(second)
    expect(bench.events[0]).toMatchObject({
      type: 'failed',
      error: { code: 'certificate_unreadable' },
    })
    rmdirSync(place)
    staged.writeCertificate()
    await bench.clock.runUntil(minute)
    expect(bench.types()).toEqual(['failed', 'repaired', 'scheduled'])
    await expectPair()
  })

  test('is a failure where what it left cannot be cleared away', async () => {
    mkdirSync(join(bench.folder, '.web.key.rekeyed'))
    bench.start({ rekey: {} })
    await bench.clock.runUntil(0)
    expect(bench.events).toMatchObject([{ type: 'failed', error: { code: 'key_unwritable' } }])
  })

  test('can be told from files that never belonged together', async () => {
    const { certificatePath, keyPath } = bench
    const [out, keyOut] = ['out.crt', 'out.key'].map((name) => join(bench.folder, name))
    const key = { path: keyPath }
    expect(await canResume({ certificatePath, key, out, keyOut })).toBe(false)
    const staged = await stage()
    staged.writeCertificate()
    staged.writeKey()
    staged.placeKey()
    expect(await canResume({ certificatePath, key })).toBe(true)
    renameSync(join(bench.folder, '.web.crt.rekeyed'), out ?? '')
    expect(await canResume({ certificatePath, key, out })).toBe(true)
    expect(await canResume({ certificatePath, key })).toBe(false)
  })

  test('is not completed over a pair that has been replaced since', async () => {
    const staged = await stage()
    staged.writeCertificate()
    const other = await bench.replace()
    bench.start({ rekey: {} })
    await bench.clock.runUntil(hour)
    expect(bench.installed().serialNumber).toBe(other.serialNumber)
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
  })

  test('a pair that does not match, and nothing to mend it by, is a failure', async () => {
    writeFileSync(bench.keyPath, generateKey().export({ format: 'pem', type: 'pkcs8' }))
    bench.start({ rekey: {} })
    await bench.clock.runUntil(17 * hour)
    expect(bench.types()).toContain('failed')
    expect(bench.events.at(-1)).toMatchObject({ error: { code: 'key_differs' } })
    expect(bench.ca.seen).toEqual([])
  })

  test('a place where no key can be written leaves both', async () => {
    const old = bench.installed()
    bench.start({ rekey: { keyOut: join(bench.folder, 'missing', 'web.key') } })
    await bench.clock.runUntil(17 * hour)
    expect(bench.events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'key_unwritable' } })
    expect(bench.installed().serialNumber).toBe(old.serialNumber)
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
  })
})
