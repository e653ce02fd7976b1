import { expect, test } from 'vitest'
import { createStoreQuestion } from '../../src/health/store-question.ts'

test('many who ask at once ask the store once, and again later', async () => {
  let pings = 0
  const check = createStoreQuestion(
    async () => {
      pings += 1
    },
    () => () => undefined,
  )
  await Promise.all([check(), check(), check()])
  expect(pings).toBe(1)
  await check()
  expect(pings).toBe(2)
})

test('a store that does not answer is not waited for, and not asked again before it does', async () => {
  const timers: (() => void)[] = []
  const answers: PromiseWithResolvers<void>[] = []
  const check = createStoreQuestion(
    () => {
      const answer = Promise.withResolvers<void>()
      answers.push(answer)
      return answer.promise
    },
    (callback) => {
      timers.push(callback)
      return () => undefined
    },
  )
  for (let probe = 1; probe <= 3; probe += 1) {
    const asked = check()
    for (const ring of timers) ring()
    await expect(asked).rejects.toThrow('the store did not answer within 2000 ms')
  }
  expect(answers).toHaveLength(1)
  const asked = check()
  answers[0]?.resolve()
  await asked
  const refused = check()
  answers[1]?.reject(new Error('gone'))
  await expect(refused).rejects.toThrow('gone')
})
