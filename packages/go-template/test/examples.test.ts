import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const example = new URL('../examples/render-subject.ts', import.meta.url)

test('the example runs', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [fileURLToPath(example)])
  expect(stdout).toBe(`{
  "subject": {"commonName": "web.internal", "organization": "DEMO"},
  "keyUsage": ["digitalSignature", "keyAgreement"]
}
template_fail_called: only prod may have one
`)
  expect(stderr).toBe('')
})

test('the README shows the example as it is', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``)
})
