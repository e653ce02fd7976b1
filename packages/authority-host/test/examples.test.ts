import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const example = new URL('../examples/open-authority.ts', import.meta.url)

test('the example runs', () => {
  const output = execFileSync(process.execPath, [fileURLToPath(example)], { encoding: 'utf8' })
  expect(output).toBe('ops may ask, certificates are kept in sqlite\ntrue\n')
})

test('the README shows the example as it is', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``)
})
