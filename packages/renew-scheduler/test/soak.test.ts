import { createPublicKey, randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRenewalDaemon, type RenewalEvent } from '@mayfly/renew-scheduler'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateKey } from './support/renewing-ca.ts'
import { createSimulatedClock } from './support/simulated-clock.ts'
import { backdate, createVirtualCa, encodeChain } from './support/virtual-ca.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const isLong = process.env.MAYFLY_TEST_LONG !== undefined
const [fleet, lives, outageCount] = isLong ? [1000, 90, 10] : [30, 10, 3]
const timeout = isLong ? 30 * minute : 2 * minute
/** Retries take their time whatever the lifetime, so that with certificates of an hour far fewer are made. */
const life = isLong ? day : hour
const duration = lives * life
const lifetime = life + backdate
/** Over so many minutes the renewals of certificates issued together are spread: a twentieth of the lifetime. */
const spreadMinutes = life / 20 / minute
/** After which a daemon that failed has tried again. */
const longestRetry = 1.2 * minute

interface Outage {
  readonly from: number
  readonly to: number
}

/** From one minute to five sixths of a life, each some times the one before, one in each part of the run. */
const outages: readonly Outage[] = Array.from({ length: outageCount }, (_, index) => {
  const from = ((index + 0.4) * duration) / outageCount
  return { from, to: from + minute * ((life * 5) / 6 / minute) ** (index / (outageCount - 1)) }
})

interface Witness {
  readonly renewals: number[]
  /** When the renewal that followed was planned for. */
  plannedFor: number
  endsAt: number
  readonly expired: { readonly plannedFor: number; readonly endsAt: number }[]
}

let folder: string
beforeAll(() => {
  // In memory where there is such a place: it is the daemon that is tried, not the disk.
  folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'mayfly-soak-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

test(
  `${fleet} daemons keep certificates of ${life / hour} h for ${lives} lifetimes through outages`,
  async () => {
    const start = new Date('2026-11-23T08:00:00Z')
    const clock = createSimulatedClock(start)
    const ca = await createVirtualCa(() => clock.now())
    const privateKey = generateKey()
    ca.lifetime = life
    const ending = new AbortController()

    const witnesses: Witness[] = []
    const ended: Promise<void>[] = []
    for (let index = 0; index < fleet; index += 1) {
      const certificatePath = join(folder, `${index}.crt`)
      const { chain, certificate } = await ca.issueFor(
        createPublicKey(privateKey),
        `n${index}.internal`,
      )
      writeFileSync(certificatePath, encodeChain(chain))
      const endsAt = certificate.validity.notAfter.getTime() - start.getTime()
      const witness: Witness = { renewals: [], plannedFor: 0, endsAt, expired: [] }
      witnesses.push(witness)
      const daemon = createRenewalDaemon({
        certificatePath,
        key: privateKey,
        client: ca,
        clock,
        random: randomBytes,
        // Nobody else touches the files, and this clock does not jump.
        lookEveryMilliseconds: duration,
        onEvent: (event) => record(witness, event, clock.elapsed, start),
      })
      ended.push(clock.spawn(() => daemon.run(ending.signal)))
    }

    for (const { from, to } of outages) {
      await clock.runUntil(from)
      ca.isDown = true
      await clock.runUntil(to)
      ca.isDown = false
    }
    await clock.runUntil(duration)

    const renewals = witnesses.flatMap((witness) => witness.renewals)
    report(renewals, ca.seen.length, witnesses)
    for (const witness of witnesses) {
      // Nothing was left undone.
      expect(witness.endsAt).toBeGreaterThan(duration)
      // Nothing expired that could have been renewed: the CA was away from when it was planned to the end.
      for (const { plannedFor, endsAt } of witness.expired) {
        expect(
          outages.some(({ from, to }) => from <= plannedFor && to >= endsAt - longestRetry),
        ).toBe(true)
      }
      const gaps = witness.renewals.slice(1).map((at, index) => at - (witness.renewals[index] ?? 0))
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(lifetime / 10)
      expect(witness.renewals.length).toBeGreaterThanOrEqual(duration / ((life * 5) / 6 + lifetime))
    }
    for (const outage of outages) {
      const { waiting, peakPerSecond, nextPeakPerMinute } = recovery(renewals, outage)
      // Spread evenly, 48 to 72 seconds would see 1/60 of them each second; and the next time each minute its share.
      expect(peakPerSecond).toBeLessThanOrEqual(waiting / 60 + 4 * Math.sqrt(waiting / 60) + 6)
      const share = fleet / spreadMinutes
      const deviation = Math.sqrt(share * (1 - 1 / spreadMinutes))
      expect(nextPeakPerMinute).toBeLessThanOrEqual(share + 6 * deviation + 1)
    }

    ending.abort()
    await Promise.all(ended)
  },
  timeout,
)

function record(witness: Witness, event: RenewalEvent, elapsed: number, start: Date): void {
  switch (event.type) {
    case 'scheduled':
      witness.plannedFor = elapsed + event.inMilliseconds
      break
    case 'renewed':
      witness.renewals.push(elapsed)
      witness.plannedFor = elapsed + event.nextInMilliseconds
      witness.endsAt = event.certificate.validity.notAfter.getTime() - start.getTime()
      break
    case 'expired':
      witness.expired.push({ plannedFor: witness.plannedFor, endsAt: witness.endsAt })
      break
    case 'failed':
      expect(event.error).toMatchObject({ code: 'unreachable' })
      break
    default:
      expect.unreachable(event.type)
  }
}

/** How those came back that waited for the outage to end, and how they came the next time. */
function recovery(renewals: readonly number[], { to }: Outage) {
  const waiting = renewals.filter((at) => at >= to && at < to + longestRetry)
  const next = renewals.filter((at) => at >= to + longestRetry && at < to + life)
  return {
    waiting: waiting.length,
    peakPerSecond: peak(waiting, 1000),
    nextPeakPerMinute: peak(next, minute),
  }
}

function peak(moments: readonly number[], width: number): number {
  const counts = new Map<number, number>()
  for (const at of moments) {
    const slot = Math.floor(at / width)
    counts.set(slot, (counts.get(slot) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

function report(
  renewals: readonly number[],
  requests: number,
  witnesses: readonly Witness[],
): void {
  const lines = [
    `${fleet} daemons, ${lives} lifetimes of ${life / hour} h: ${renewals.length} renewals, ${requests} requests`,
    `expired while the CA was away: ${witnesses.flatMap(({ expired }) => expired).length}`,
    `renewals per minute: mean ${(renewals.length / (duration / minute)).toFixed(2)}, peak ${peak(renewals, minute)}`,
    ...outages.map((outage) => {
      const { waiting, peakPerSecond, nextPeakPerMinute } = recovery(renewals, outage)
      const minutes = ((outage.to - outage.from) / minute).toFixed(0)
      return `after ${minutes} min away: ${waiting} waited, back within 72 s, at most ${peakPerSecond} a second; later at most ${nextPeakPerMinute} a minute`
    }),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
