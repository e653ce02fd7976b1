import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { collectLines, startChild } from './support/child.ts'

test('the example of the README runs and says what the README says', async () => {
  const child = startChild('../../examples/spend-a-token.ts', [])
  expect(await collectLines(child)).toEqual(['committed', 'token_spent', '1 certificate'])
  expect(await child.ended).toBe(0)
})

test('the README shows the example as it is', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const example = await readFile(new URL('../examples/spend-a-token.ts', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``)
})
