import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodePrivateKeyPem } from '@mayfly/keystore-hsm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDaemonBench, type DaemonBench } from './support/daemon-bench.ts'
import { generateKey } from './support/renewing-ca.ts'
import { encodeChain } from './support/virtual-ca.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
/** Two thirds of a lifetime that began a minute before. */
const twoThirds = ((day + minute) * 2) / 3 - minute
/** As often as a daemon looks that nobody tells otherwise. */
const looking = { lookEveryMilliseconds: undefined }

let bench: DaemonBench
beforeEach(async () => {
  bench = await createDaemonBench()
})
afterEach(() => bench[Symbol.asyncDispose]())

describe('files', () => {
  test('that another program replaces are noticed within a minute', async () => {
    bench.start(looking)
    await bench.clock.runUntil(10 * hour)
    const other = await bench.replace()
    await bench.clock.runUntil(10 * hour + minute)
    expect(bench.types()).toEqual(['scheduled', 'replaced'])
    await bench.clock.runUntil(24 * hour)
    expect(bench.ca.seen).toEqual([])
    expect(bench.installed().serialNumber).toBe(other.serialNumber)
    await bench.clock.runUntil(10 * hour + minute + twoThirds)
    expect(bench.types()).toEqual(['scheduled', 'replaced', 'renewed'])
  })

  test('that another program replaced just before are not renewed', async () => {
    bench.start({ lookEveryMilliseconds: day })
    await bench.clock.runUntil(10 * hour)
    await bench.replace()
    await bench.clock.runUntil(20 * hour)
    expect(bench.types()).toEqual(['scheduled', 'replaced'])
  })

  test('that are gone for a while, or half written, are left alone until they are due', async () => {
    bench.start(looking)
    await bench.clock.runUntil(twoThirds - 10 * minute)
    const whole = readFileSync(bench.certificatePath, 'utf8')
    for (const spoil of [
      () => rmSync(bench.certificatePath),
      () => writeFileSync(bench.certificatePath, whole.slice(0, 300)),
      () => writeFileSync(bench.certificatePath, ''),
    ]) {
      spoil()
      await bench.clock.runUntil(bench.clock.elapsed + 2 * minute)
      expect(bench.types()).toEqual(['scheduled'])
    }
    await bench.clock.runUntil(twoThirds + minute)
    expect(bench.types().slice(1)).toEqual(['failed', 'failed'])
    expect(bench.events.at(-1)).toMatchObject({ error: { code: 'certificate_unreadable' } })
    expect(readFileSync(bench.certificatePath, 'utf8')).toBe('')
    writeFileSync(bench.certificatePath, whole)
    await bench.clock.runUntil(twoThirds + 2 * minute)
    expect(bench.types().slice(3)).toEqual(['renewed'])
  })

  test('that are missing at the start are waited for', async () => {
    const aside = join(bench.folder, 'aside')
    renameSync(bench.certificatePath, aside)
    const { daemon } = bench.start()
    await bench.clock.runUntil(10 * minute)
    expect(new Set(bench.types())).toEqual(new Set(['failed']))
    expect(daemon.status()).toMatchObject({
      state: 'retrying',
      lastError: {
        message: `error reading ${bench.certificatePath}: no such file or directory`,
      },
    })
    renameSync(aside, bench.certificatePath)
    await bench.clock.runUntil(12 * minute)
    expect(bench.types().at(-1)).toBe('scheduled')
    expect(daemon.status()).toMatchObject({ state: 'waiting' })
    await bench.clock.runUntil(twoThirds)
    expect(bench.types().at(-1)).toBe('renewed')
    expect(twoThirds - (bench.events.at(-1)?.elapsed ?? 0)).toBeLessThan(second)
  })

  test('of the key are read again when they have changed', async () => {
    bench.start()
    await bench.clock.runUntil(hour)
    const key = generateKey()
    const { chain } = await bench.ca.issueFor(createPublicKey(key))
    writeFileSync(bench.keyPath, key.export({ format: 'pem', type: 'pkcs8' }))
    writeFileSync(bench.certificatePath, encodeChain(chain))
    await bench.clock.runUntil(2 * twoThirds)
    expect(bench.types()).toEqual(['scheduled', 'replaced', 'renewed'])
  })

  test('of a key that cannot be read are a failure', async () => {
    bench.start()
    await bench.clock.runUntil(hour)
    writeFileSync(bench.keyPath, 'hello')
    await bench.clock.runUntil(twoThirds)
    expect(bench.events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'key_malformed' } })
    expect(bench.ca.seen).toEqual([])
  })

  test('of an encrypted key are opened once', async () => {
    writeFileSync(
      bench.keyPath,
      await encodePrivateKeyPem(bench.privateKey, { password: 'secret' }),
    )
    let asked = 0
    const password = async () => {
      asked += 1
      return 'secret'
    }
    bench.start({ key: { path: bench.keyPath, password } })
    await bench.clock.runUntil(3 * twoThirds)
    expect(bench.types()).toEqual(['scheduled', 'renewed', 'renewed', 'renewed'])
    expect(asked).toBe(1)
  })
})

describe('a daemon that was started again, and writes to other files than it began from,', () => {
  test('goes on from those, where the first have ended meanwhile', async () => {
    const out = join(bench.folder, 'out.crt')
    const { end } = bench.start({ out })
    await bench.clock.runUntil(2 * twoThirds)
    await end()
    await bench.clock.runUntil(26 * hour)
    bench.start({ out })
    await bench.clock.runUntil(3 * twoThirds)
    expect(bench.types()).toEqual(['scheduled', 'renewed', 'renewed', 'scheduled', 'renewed'])
    expect(bench.ca.seen).toEqual(['renew', 'renew', 'renew'])
  })

  test.each([{ out: 'out.crt' }, { keyOut: 'out.key' }, { out: 'out.crt', keyOut: 'out.key' }])(
    'goes on from the pair, where %j are rekeyed',
    async ({ out, keyOut }) => {
      const inFolder = (name: string | undefined) => name && join(bench.folder, name)
      const options = { out: inFolder(out), rekey: { keyOut: inFolder(keyOut) } }
      const { end } = bench.start(options)
      await bench.clock.runUntil(twoThirds)
      await end()
      bench.start(options)
      await bench.clock.runUntil(2 * twoThirds)
      expect(bench.types()).toEqual(['scheduled', 'renewed', 'scheduled', 'renewed'])
      expect(bench.ca.seen).toEqual(['rekey', 'rekey'])
    },
  )

  test.each<[string, (out: string) => Promise<void>]>([
    [
      'that is for another name',
      async (out) => {
        await bench.clock.runUntil(hour)
        const publicKey = createPublicKey(bench.privateKey)
        const { chain } = await bench.ca.issueFor(publicKey, 'other.internal')
        writeFileSync(out, encodeChain(chain))
      },
    ],
    [
      'of another key',
      async (out) => {
        await bench.clock.runUntil(hour)
        const { chain } = await bench.ca.issueFor(createPublicKey(generateKey()))
        writeFileSync(out, encodeChain(chain))
      },
    ],
    [
      'that is older',
      async (out) => {
        renameSync(bench.certificatePath, out)
        await bench.clock.runUntil(hour)
        await bench.replace()
      },
    ],
    ['that is half written', async (out) => writeFileSync(out, '-----BEGIN CERTIFICATE-----\n')],
  ])('goes on from the first, and not from a certificate %s', async (_, write) => {
    const out = join(bench.folder, 'out.crt')
    await write(out)
    const { serialNumber } = bench.installed()
    const { daemon } = bench.start({ out })
    await bench.clock.runUntil(hour)
    expect(daemon.status().serialNumber).toBe(`${serialNumber}`)
  })
})

test('a weak key is refused as it is read', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  writeFileSync(bench.keyPath, privateKey.export({ format: 'pem', type: 'pkcs8' }))
  bench.start()
  await bench.clock.runUntil(twoThirds)
  expect(bench.events.at(-1)).toMatchObject({ error: { code: 'key_too_weak' } })
})

describe('two daemons of one file', () => {
  test('renew it once', async () => {
    const noise = { random: randomBytes }
    bench.start(noise)
    bench.start(noise)
    await bench.clock.runUntil(2 * day)
    const renewals = bench.events.filter(({ type }) => type === 'renewed')
    expect(renewals.length).toBeGreaterThan(1)
    expect(bench.ca.seen).toHaveLength(renewals.length)
    const gaps = renewals
      .slice(1)
      .map(({ elapsed }, index) => elapsed - (renewals[index]?.elapsed ?? 0))
    expect(Math.min(...gaps)).toBeGreaterThan(14 * hour)
  })

  test('do not renew it at the same time', async () => {
    bench.start()
    let isRenewing = 0
    let most = 0
    bench.ca.onRequest = async () => {
      isRenewing += 1
      most = Math.max(most, isRenewing)
      await new Promise((resolve) => setImmediate(resolve))
      isRenewing -= 1
    }
    bench.start()
    await bench.clock.runUntil(2 * day)
    expect(most).toBe(1)
    expect(bench.types()).toContain('renewed')
  })
})
