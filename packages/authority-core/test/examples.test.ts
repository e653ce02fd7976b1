import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createFolder } from './support/folder.ts'

const example = new URL('../examples/issue-certificate.ts', import.meta.url)

test('the example issues a certificate that openssl trusts', async () => {
  await using folder = await createFolder()
  const output = execFileSync(process.execPath, [fileURLToPath(example)], { encoding: 'utf8' })
  const [leaf = '', intermediate = '', root = ''] = output.match(/-----BEGIN[\s\S]*?END.*\n/g) ?? []
  const files = { leaf, intermediate, root }
  for (const [name, pem] of Object.entries(files)) await writeFile(folder.file(name), pem)
  const [rootFile, intermediateFile] = [folder.file('root'), folder.file('intermediate')]
  const terms = ['-purpose', 'sslserver', '-verify_hostname', 'web.internal']
  const trust = ['-CAfile', rootFile, '-untrusted', intermediateFile]
  const argv = ['verify', ...terms, ...trust, folder.file('leaf')]
  expect(execFileSync('openssl', argv, { encoding: 'utf8' })).toMatch(/: OK\n$/)
})

test('the README shows the example as it is', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${readFileSync(example, 'utf8')}\`\`\``)
})
