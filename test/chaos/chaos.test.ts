import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type DatabaseKind, findDatabaseMissing } from '../support/test-database.ts'
import { type ChaosFigures, runChaos } from './run-chaos.ts'

/** A run ends with the time or with the faults, whichever is later. */
const form =
  process.env.MAYFLY_TEST_LONG === undefined
    ? {
        milliseconds: 9_000,
        // Each kind once, at least.
        faults: 11,
        streams: 2,
        longestMilliseconds: 1200,
        calmMilliseconds: 500,
        withServer: false,
      }
    : {
        milliseconds: 0,
        faults: 100,
        streams: 2,
        longestMilliseconds: 5000,
        calmMilliseconds: 4000,
        withServer: true,
      }

const seed = Number(process.env.MAYFLY_TEST_SEED ?? Date.now() % 2 ** 31)

const kinds: readonly DatabaseKind[] = ['sqlite', 'mysql', 'postgresql']

describe.each(kinds)('three instances on %s', (kind) => {
  test('keep every promise while they are killed, paused and cut off', async ({ skip }) => {
    const missing = await findDatabaseMissing(kind)
    if (missing !== undefined) skip(missing)
    const figures = await runChaos({ kind, seed, ...form })
    tell(kind, figures)
    expect(figures.violations, keepHistory(kind, figures)).toEqual([])
    expect(figures.faults.length).toBeGreaterThanOrEqual(form.faults)
  }, 3_600_000)
})

/** What was found is looked into by what was done around it. */
function keepHistory(kind: DatabaseKind, { violations, history }: ChaosFigures): string {
  if (violations.length === 0) return ''
  const path = join(tmpdir(), `mayfly-chaos-${kind}-${seed}.json`)
  writeFileSync(path, JSON.stringify(history))
  return `the history is in ${path}`
}

function tell(kind: DatabaseKind, figures: ChaosFigures): void {
  const { faults, answers, seconds, recoveredIn, commitsLost, timesLate } = figures
  const counted = (names: readonly string[]): string =>
    [...Map.groupBy(names, (name) => name)]
      .map(([name, { length }]) => `${length} ${name}`)
      .sort()
      .join(', ')
  process.stderr.write(
    [
      `chaos on ${kind}, seed ${seed}, ${seconds} s:`,
      `  ${faults.length} faults: ${counted(faults)}; ${commitsLost} commits or answers to them lost`,
      `  ${answers.length} answers: ${counted(answers)}`,
      `  served again ${recoveredIn} ms after the last fault; this machine was late ${timesLate} times`,
      '',
    ].join('\n'),
  )
}
