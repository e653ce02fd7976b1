import { createPublicKey, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createRenewalDaemon, type KeptCertificate } from '@mayfly/renew-scheduler'
import { equalCertificates } from '@mayfly/x509-profiles'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDaemonBench, type DaemonBench } from './support/daemon-bench.ts'
import { generateKey } from './support/renewing-ca.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour
/** Two thirds of a lifetime that began a minute before. */
const twoThirds = ((day + minute) * 2) / 3 - minute

let bench: DaemonBench
beforeEach(async () => {
  bench = await createDaemonBench()
})
afterEach(() => bench[Symbol.asyncDispose]())

describe('the schedule', () => {
  test('renews at two thirds of the lifetime, and plans the next from the new certificate', async () => {
    bench.start()
    const first = bench.installed()
    await bench.clock.runUntil(twoThirds - 1)
    expect(bench.types()).toEqual(['scheduled'])
    expect(bench.events[0]).toMatchObject({
      inMilliseconds: twoThirds,
      at: new Date(Date.parse('2026-11-23T08:00:00Z') + twoThirds),
    })
    await bench.clock.runUntil(3 * twoThirds)
    expect(bench.events.map(({ elapsed }) => elapsed)).toEqual(
      [0, 1, 2, 3].map((count) => count * twoThirds),
    )
    expect(bench.types()).toEqual(['scheduled', 'renewed', 'renewed', 'renewed'])
    expect(bench.events[1]).toMatchObject({ nextInMilliseconds: twoThirds })
    expect(bench.installed().serialNumber).not.toBe(first.serialNumber)
    expect(bench.ca.seen).toEqual(['renew', 'renew', 'renew'])
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
  })

  test('renews by a period, and when so much is left', async () => {
    bench.start({ renewPeriodMilliseconds: 4 * second })
    await bench.clock.runUntil(21 * second)
    expect(bench.ca.seen).toHaveLength(5)
  })

  test('renews when so much of the lifetime is left', async () => {
    bench.start({ expiresInMilliseconds: hour })
    await bench.clock.runUntil(47 * hour)
    expect(bench.events.map(({ elapsed }) => elapsed)).toEqual([0, 23 * hour, 46 * hour])
  })

  test('renews at once on demand, and plans from there', async () => {
    const { daemon } = bench.start()
    await bench.clock.runUntil(hour)
    daemon.renewNow()
    daemon.renewNow()
    await bench.clock.runUntil(2 * hour)
    expect(bench.events).toMatchObject([
      { type: 'scheduled' },
      { type: 'renewed', elapsed: hour, nextInMilliseconds: twoThirds },
    ])
  })

  test('goes on from the file it writes to', async () => {
    const out = join(bench.folder, 'out.crt')
    const before = readFileSync(bench.certificatePath, 'utf8')
    bench.start({ out })
    await bench.clock.runUntil(2 * twoThirds)
    expect(readFileSync(bench.certificatePath, 'utf8')).toBe(before)
    rmSync(bench.certificatePath)
    await bench.clock.runUntil(3 * twoThirds)
    expect(bench.types()).toEqual(['scheduled', 'renewed', 'renewed', 'renewed'])
  })

  test('sends a token when told not to use mutual TLS', async () => {
    bench.start({ mutualTls: false })
    await bench.clock.runUntil(twoThirds)
    expect(bench.ca.seen).toEqual(['token'])
  })
})

describe('a failure', () => {
  test('is told, and tried again each minute, for ever; the end of the certificate is told once', async () => {
    await using brief = await createDaemonBench(2 * hour)
    brief.ca.isDown = true
    brief.start()
    await brief.clock.runUntil(3 * hour)
    const failures = brief.events.filter(({ type }) => type === 'failed')
    const due = ((2 * hour + minute) * 2) / 3 - minute
    // Drawn without jitter: four fifths of a minute each.
    expect(failures).toHaveLength(Math.floor((3 * hour - due) / (48 * second)) + 1)
    const expired = brief.events.filter(({ type }) => type === 'expired')
    expect(expired).toHaveLength(1)
    expect(expired[0]?.elapsed).toBeGreaterThan(2 * hour)
    expect(expired[0]?.elapsed).toBeLessThanOrEqual(2 * hour + minute)
    expect(new Set(brief.ca.seen)).toEqual(new Set(['renew', 'token']))
    brief.ca.isDown = false
    await brief.clock.runUntil(3 * hour + minute)
    expect(brief.types().at(-1)).toBe('renewed')
  })

  test('of a short certificate is tried again each tenth of its lifetime', async () => {
    await using short = await createDaemonBench(minute)
    short.ca.isDown = true
    short.start()
    await short.clock.runUntil(minute)
    const failures = short.events.filter(({ type }) => type === 'failed')
    // Two minutes with the backdating: due after 20 s, then each 9.6 s.
    expect(failures.map(({ elapsed }) => elapsed / second)).toEqual([20, 29.6, 39.2, 48.8, 58.4])
  })

  test('by a certificate that cannot take the place leaves the file', async () => {
    const before = readFileSync(bench.certificatePath, 'utf8')
    const foreign = await bench.ca.issueFor(createPublicKey(bench.privateKey), 'other.internal')
    bench.start({ client: { ...bench.ca, renew: async () => foreign } })
    await bench.clock.runUntil(twoThirds)
    expect(bench.events.at(-1)).toMatchObject({ error: { code: 'renewed_names_differ' } })
    expect(readFileSync(bench.certificatePath, 'utf8')).toBe(before)
  })

  test('by a certificate of another key leaves the file', async () => {
    const foreign = await bench.ca.issueFor(createPublicKey(generateKey()))
    bench.start({ client: { ...bench.ca, renew: async () => foreign } })
    await bench.clock.runUntil(twoThirds)
    expect(bench.events.at(-1)).toMatchObject({ error: { code: 'renewed_key_differs' } })
  })

  test('is not to judge one certificate and write another', async () => {
    const other = await bench.ca.issueFor(createPublicKey(bench.privateKey), 'other.internal')
    const { certificate, chain } = await bench.ca.issueFor(createPublicKey(bench.privateKey))
    for (const mixed of [[...other.chain.slice(0, 1), ...chain.slice(1)], []]) {
      const renew = async () => ({ certificate, chain: mixed })
      const { daemon } = bench.start({ client: { ...bench.ca, renew } })
      daemon.renewNow()
      await bench.clock.runUntil(bench.clock.elapsed)
      expect(bench.types().at(-1)).toBe('renewed')
      expect(equalCertificates(bench.installed(), certificate)).toBe(true)
    }
  })

  test('of a hook is told and changes nothing', async () => {
    bench.start({
      onRenewed: () => {
        throw new Error('reload failed')
      },
    })
    await bench.clock.runUntil(2 * twoThirds)
    expect(bench.types()).toEqual(['scheduled', 'renewed', 'hook_failed', 'renewed', 'hook_failed'])
    expect(bench.events[2]).toMatchObject({ error: { message: 'reload failed' } })
  })

  test('of the listener changes nothing', async () => {
    bench.start({
      onEvent: () => {
        throw new Error('no space left')
      },
    })
    await bench.clock.runUntil(2 * twoThirds)
    expect(bench.ca.seen).toHaveLength(2)
  })
})

describe('an expired certificate', () => {
  test('is told at the start and renewed at once, by token', async () => {
    await using late = await createDaemonBench()
    await late.clock.runUntil(2 * day)
    late.start()
    await late.clock.runUntil(2 * day)
    expect(late.types()).toEqual(['scheduled', 'expired', 'renewed'])
    expect(late.ca.seen).toEqual(['token'])
  })
})

describe('the end', () => {
  test('comes at once while waiting', async () => {
    const { daemon, end } = bench.start()
    await bench.clock.runUntil(hour)
    await end()
    expect(daemon.status()).toMatchObject({ state: 'ended', nextAttempt: undefined })
    expect(bench.types()).toEqual(['scheduled'])
  })

  test('gives up what the CA has not answered', async () => {
    const before = readFileSync(bench.certificatePath, 'utf8')
    const { promise, resolve: answer } = Promise.withResolvers<void>()
    const { promise: asked, resolve: onAsked } = Promise.withResolvers<void>()
    bench.ca.onRequest = async () => {
      onAsked()
      await promise
    }
    const { daemon, end } = bench.start()
    daemon.renewNow()
    await asked
    await end()
    answer()
    await new Promise((resolve) => setImmediate(resolve))
    expect(readFileSync(bench.certificatePath, 'utf8')).toBe(before)
    expect(readdirSync(bench.folder)).toEqual(['web.crt', 'web.key'])
    expect(bench.types()).toEqual(['scheduled'])
  })

  test('waits for the file that is being replaced, and for its hook', async () => {
    const { daemon, end } = bench.start({
      onRenewed: async ({ certificate }: KeptCertificate, signal: AbortSignal) => {
        ended = end()
        expect(signal.aborted).toBe(true)
        expect(equalCertificates(certificate, bench.installed())).toBe(true)
        await new Promise((resolve) => setImmediate(resolve))
        isHookDone = true
      },
    })
    let ended: Promise<void> | undefined
    let isHookDone = false
    daemon.renewNow()
    await bench.clock.runUntil(0)
    await ended
    expect(isHookDone).toBe(true)
    expect(bench.types()).toEqual(['scheduled', 'renewed'])
  })

  test('is final', async () => {
    const { daemon, end } = bench.start()
    await end()
    await expect(daemon.run(new AbortController().signal)).rejects.toThrow(TypeError)
  })

  test('comes before the start where the signal says so', async () => {
    const daemon = createRenewalDaemon({
      certificatePath: bench.certificatePath,
      key: bench.privateKey,
      client: bench.ca,
      clock: bench.clock,
      random: randomBytes,
      expiresInMilliseconds: 2 * day,
    })
    await daemon.run(AbortSignal.abort())
    expect(bench.ca.seen).toEqual([])
  })
})

test('the status is fit for JSON', async () => {
  const { daemon } = bench.start()
  expect(JSON.parse(JSON.stringify(daemon.status()))).toEqual({
    certificatePath: bench.certificatePath,
    state: 'starting',
  })
  await bench.clock.runUntil(twoThirds)
  bench.ca.isDown = true
  await bench.clock.runUntil(2 * twoThirds)
  const { serialNumber, validity } = bench.installed()
  expect(JSON.parse(JSON.stringify(daemon.status()))).toEqual({
    certificatePath: bench.certificatePath,
    state: 'retrying',
    subject: 'web.internal',
    serialNumber: serialNumber.toString(),
    notBefore: validity.notBefore.toISOString(),
    notAfter: validity.notAfter.toISOString(),
    isExpired: false,
    lastRenewal: new Date(Date.parse('2026-11-23T08:00:00Z') + twoThirds).toISOString(),
    lastError: {
      at: new Date(Date.parse('2026-11-23T08:00:00Z') + 2 * twoThirds).toISOString(),
      message: 'connect ECONNREFUSED',
    },
    nextAttempt: new Date(
      Date.parse('2026-11-23T08:00:00Z') + 2 * twoThirds + 48 * second,
    ).toISOString(),
  })
})
