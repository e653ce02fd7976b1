import { describe, expect, test } from 'vitest'
import { createGroupCommit, type GroupCommit } from '../src/group-commit.ts'

describe('createGroupCommit', () => {
  test('commits a unit that is alone at once', async () => {
    const { group, batches } = createRecorded()
    expect(await group.submit('a')).toBe('A')
    expect(batches).toEqual([['a']])
  })

  test('commits together what is submitted in one moment', async () => {
    const { group, batches } = createRecorded()
    await Promise.all(['a', 'b', 'c'].map((unit) => group.submit(unit)))
    expect(batches).toEqual([['a', 'b', 'c']])
  })

  test('gathers while a batch is under way, which is closed', async () => {
    const { group, batches, hold } = createRecorded()
    const release = hold()
    const first = group.submit('a')
    await release.reached
    const others = [group.submit('b'), group.submit('c')]
    expect(batches).toEqual([['a']])
    release.go()
    expect(await Promise.all([first, ...others])).toEqual(['A', 'B', 'C'])
    expect(batches).toEqual([['a'], ['b', 'c']])
  })

  test('makes no batch larger than allowed', async () => {
    const { group, batches } = createRecorded()
    await Promise.all(Array.from({ length: 10 }, (_, index) => group.submit(`${index}`)))
    expect(batches.map(({ length }) => length)).toEqual([4, 4, 2])
  })

  test('rejects every unit of a batch that fails, and goes on with the next', async () => {
    const { group } = createRecorded()
    const results = await Promise.allSettled(
      ['a', 'bad', 'c', 'd', 'e'].map((unit) => group.submit(unit)),
    )
    expect(results.map(({ status }) => status)).toEqual([...Array(4).fill('rejected'), 'fulfilled'])
    expect(await group.submit('f')).toBe('F')
  })

  test('is drained when all that was submitted is settled', async () => {
    const { group } = createRecorded()
    await group.drain()
    const settled: string[] = []
    for (const unit of ['a', 'b', 'c', 'd', 'e']) {
      void group.submit(unit).then((result) => settled.push(result))
    }
    await group.drain()
    expect(settled).toEqual(['A', 'B', 'C', 'D', 'E'])
  })
})

/** Commits by turning into capitals, except a batch that holds `bad`; the first can be held. */
function createRecorded(): {
  group: GroupCommit<string, string>
  batches: string[][]
  hold(): { reached: Promise<void>; go(): void }
} {
  const batches: string[][] = []
  let gate = Promise.resolve()
  let reached: () => void = () => undefined
  const group = createGroupCommit<string, string>({
    maximumBatchSize: 4,
    async commitBatch(units) {
      batches.push([...units])
      reached()
      await gate
      if (units.includes('bad')) throw new Error('a bad batch')
      return units.map((unit) => unit.toUpperCase())
    },
  })
  return {
    group,
    batches,
    hold() {
      const opening = Promise.withResolvers<void>()
      const reaching = Promise.withResolvers<void>()
      gate = opening.promise
      reached = reaching.resolve
      return { reached: reaching.promise, go: opening.resolve }
    },
  }
}
