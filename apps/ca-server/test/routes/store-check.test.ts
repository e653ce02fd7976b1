import { expect, test } from 'vitest'
import { createStoreCheck } from '../../src/routes/store-check.ts'

test('many who ask at once ask the store once, and again later', async () => {
  let pings = 0
  const check = createStoreCheck(
    {
      ping: async () => {
        pings += 1
      },
    },
    () => () => undefined,
  )
  await Promise.all([check(), check(), check()])
  expect(pings).toBe(1)
  await check()
  expect(pings).toBe(2)
})

test('a store that never answers is not waited for', async () => {
  const timers: (() => void)[] = []
  const check = createStoreCheck({ ping: () => new Promise(() => undefined) }, (callback) => {
    timers.push(callback)
    return () => undefined
  })
  const asked = check()
  for (const ring of timers) ring()
  await expect(asked).rejects.toThrow('the store did not answer within 2000 ms')
})
