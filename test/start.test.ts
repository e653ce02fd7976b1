import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../scripts/development-ca.ts'
import { mayflyPath } from '../scripts/programs.ts'
import { root, runProgram } from './support/program.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-start-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('pnpm start', () => {
  test('serves a development CA, the lines it shows work, and Ctrl-C ends it', async () => {
    const home = join(folder, 'ca')
    const address = `127.0.0.1:${await findFreePort()}`
    const child = spawn(
      process.execPath,
      [join(root, 'scripts/start.ts'), '--folder', home, '--address', address],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const ended = once(child, 'exit')
    // Also when the test has run out of time.
    onTestFinished(() => void child.kill('SIGINT'))
    let shown = ''
    await new Promise<void>((serves, fails) => {
      child.once('exit', () => fails(new Error(shown)))
      child.stdout.on('data', (chunk: Buffer) => {
        shown += chunk.toString()
        if (shown.includes('ca renew')) serves()
      })
    })

    // All but the first, which leads to the checkout: here the files go to the test's own folder.
    const lines = shown.split('\n').filter((line) => /^ {2}(?!cd )/.test(line))
    const script = lines.join('\n').replaceAll('npx -y pnpm@12 mayfly', 'mayfly')
    const mayfly = `mayfly() { '${process.execPath}' '${mayflyPath}' "$@"; }`
    const run = await runProgram('bash', ['-ec', `${mayfly}\n${script}`], { cwd: folder })
    expect(run.status, run.stderr).toBe(0)
    expect(run.stdout).toMatch(/Subject: +web\.internal/)
    expect(existsSync(join(folder, 'web.key'))).toBe(true)

    child.kill('SIGINT')
    expect(await ended).toEqual([0, null])
  })
})
