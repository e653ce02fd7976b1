import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseCertificatePem } from '../src/index.ts'

const example = new URL('../examples/issue-leaf.ts', import.meta.url)

test('the example prints a certificate for its names', () => {
  const printed = execFileSync(process.execPath, [fileURLToPath(example)], { encoding: 'utf8' })
  expect(parseCertificatePem(printed)).toMatchObject([
    {
      subjectAltNames: [
        { type: 'dns', value: 'web.internal' },
        { type: 'ip', value: '10.1.2.3' },
      ],
    },
  ])
})

test('the README shows the example, word for word', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\`\n`)
})
