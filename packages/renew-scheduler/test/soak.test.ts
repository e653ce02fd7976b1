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
const [fleet, days, outageCount] = isLong ? [1000, 90, 10] : [20, 10, 3]
const timeout = isLong ? 30 * minute : 2 * minute
const lifetime = day + backdate
/** After which a daemon that failed has tried again. */
const longestRetry = 1.2 * minute

interface Outage {
  readonly from: number
  readonly to: number
}

/** From one minute to twenty hours, each some times the one before, one in each part of the run. */
const outages: readonly Outage[] = Array.from({ length: outageCount }, (_, index) => {
  const from = ((index + 0.4) * days * day) / outageCount
  return { from, to: from + minute * 1200 ** (index / (outageCount - 1)) }
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
  `${fleet} daemons keep certificates of a day for ${days} days through outages`,
  async () => {
    const start = new Date('2026-11-23T08:00:00Z')
    const clock = createSimulatedClock(start)
    const ca = await createVirtualCa(() => clock.now())
    const privateKey = generateKey()
    ca.lifetime = day
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
        lookEveryMilliseconds: days * day,
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
    await clock.runUntil(days * day)

    const renewals = witnesses.flatMap((witness) => witness.renewals)
    report(renewals, ca.seen.length, witnesses)
    for (const witness of witnesses) {
      // Nothing was left undone.
      expect(witness.endsAt).toBeGreaterThan(days * day)
      // Nothing expired that could have been renewed: the CA was away from when it was planned to the end.
      for (const { plannedFor, endsAt } of witness.expired) {
        expect(
          outages.some(({ from, to }) => from <= plannedFor && to >= endsAt - longestRetry),
        ).toBe(true)
      }
      const gaps = witness.renewals.slice(1).map((at, index) => at - (witness.renewals[index] ?? 0))
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(lifetime / 10)
      expect(witness.renewals.length).toBeGreaterThanOrEqual((days * day) / (20 * hour + lifetime))
    }
    for (const outage of outages) {
      const { waiting, peakPerSecond, nextPeakPerMinute } = recovery(renewals, outage)
      // Spread evenly, 48 to 72 seconds would see 1/60 of them each second; and the next time 1/72 each minute.
      expect(peakPerSecond).toBeLessThanOrEqual(waiting / 60 + 4 * Math.sqrt(waiting / 60) + 6)
      expect(nextPeakPerMinute).toBeLessThanOrEqual(fleet / 72 + 6 * Math.sqrt(fleet / 72) + 6)
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
  const next = renewals.filter((at) => at >= to + longestRetry && at < to + day)
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
    `${fleet} daemons, ${days} days: ${renewals.length} renewals, ${requests} requests`,
    `expired while the CA was away: ${witnesses.flatMap(({ expired }) => expired).length}`,
    `renewals per minute: mean ${(renewals.length / (days * 1440)).toFixed(2)}, peak ${peak(renewals, minute)}`,
    ...outages.map((outage) => {
      const { waiting, peakPerSecond, nextPeakPerMinute } = recovery(renewals, outage)
      const minutes = ((outage.to - outage.from) / minute).toFixed(0)
      return `after ${minutes} min away: ${waiting} waited, back within 72 s, at most ${peakPerSecond} a second; later at most ${nextPeakPerMinute} a minute`
    }),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
}
