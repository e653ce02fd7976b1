import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { answer, createInternalAcme } from '../examples/answer-acme.ts'
import { openTestStore } from './support/test-store.ts'

test('the example answers with its directory', async () => {
  await using store = await openTestStore()
  const port = () => Promise.reject(new Error('not asked'))
  const service = createInternalAcme(
    store.store,
    { issue: port, findCertificate: port, findChains: port, revoke: port },
    { validate: port },
  )
  const response = await answer(service, new Request('https://ca.internal/acme/internal/directory'))
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({
    newOrder: 'https://ca.internal/acme/internal/new-order',
  })
})

test('the README shows it', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  const example = new URL('../examples/answer-acme.ts', import.meta.url)
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``)
})
