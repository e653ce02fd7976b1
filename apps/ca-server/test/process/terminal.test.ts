import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createAuthorityFolder, password } from '../support/authority-folder.ts'

const hasScript = spawnSync('script', ['--version']).status === 0
if (!hasScript) {
  const reason = 'script (util-linux) is not installed: there is no terminal to ask on'
  if (process.env.CI) throw new Error(reason)
  console.warn(`skipped: ${reason}`)
}

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

describe.skipIf(!hasScript)('on a terminal', () => {
  test('the password is asked for, corrected, and not shown', async () => {
    const folder = await createAuthorityFolder({ withEncryptedKey: true })
    const command = `exec ${process.execPath} ${main} ${folder.configurationPath}`
    const child = spawn('script', ['-qec', command, '/dev/null'])
    const exited = once(child, 'exit')
    let shown = ''
    const { promise: serving, resolve } = Promise.withResolvers<void>()
    let isAnswered = false
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text
      if (!isAnswered && shown.includes('Please enter the password to decrypt ')) {
        isAnswered = true
        child.stdin.write(`${password}x\u007f\r`)
      }
      if (shown.includes('Serving HTTPS')) resolve()
    })
    await Promise.race([serving, exited])
    // What is typed at the terminal now is a signal: ^C.
    child.stdin.write('\u0003')
    const [code] = await exited
    expect(shown).toMatch(/decrypt \S+intermediate_ca_key: \r?\n/)
    expect(shown).toContain('Serving HTTPS')
    expect(shown).not.toContain(password)
    expect(code).toBe(0)
    await folder.dispose()
  })
})
