import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const example = new URL('../examples/encrypted-key.ts', import.meta.url)

test('the example runs', () => {
  const output = execFileSync(process.execPath, [example.pathname], { encoding: 'utf8' })
  expect(output).toBe('ES256 true\n')
})

test('the README shows it', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``)
})
