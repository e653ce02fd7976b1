import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from './support/found-program.ts'
import { root, runProgram } from './support/program.ts'

const analyze = findProgram('systemd-analyze')
const units = join(root, 'packaging/systemd')

describe.skipIf(analyze === undefined)('the systemd units', () => {
  let machine: string

  beforeAll(() => {
    machine = mkdtempSync(join(tmpdir(), 'mayfly-units-'))
    const [system, bin] = ['usr/lib/systemd/system', 'usr/bin']
    cpSync(join('/', system), join(machine, system), { recursive: true, verbatimSymlinks: true })
    cpSync(units, join(machine, 'etc/systemd/system'), { recursive: true })
    for (const folder of [bin, 'bin']) mkdirSync(join(machine, folder), { recursive: true })
    for (const name of ['usr/bin/mayfly', 'usr/bin/mayfly-ca', 'usr/bin/systemctl', 'bin/kill']) {
      writeFileSync(join(machine, name), '#!/bin/sh\n', { mode: 0o755 })
    }
  })

  afterAll(() => {
    rmSync(machine, { recursive: true, force: true })
  })

  test.each(readdirSync(units).map((name) => name.replace('@.', '@nginx.')))(
    '%s is in order',
    async (unit) => {
      const judged = await runProgram('systemd-analyze', ['verify', `--root=${machine}`, unit])
      expect(judged).toEqual({ status: 0, stdout: '', stderr: '' })
    },
  )

  test('the judge finds what is wrong with a unit', async () => {
    const unit = join(machine, 'etc/systemd/system/broken.service')
    writeFileSync(unit, '[Service]\nExecStart=/usr/bin/nowhere\nUsr=mayfly\n')
    const judged = await runProgram('systemd-analyze', ['verify', `--root=${machine}`, unit])
    expect(judged.stderr).toContain("Unknown key 'Usr'")
    expect(judged.stderr).toContain('/usr/bin/nowhere is not executable')
  })

  test('the CA is sandboxed as far as Node lets it be', async () => {
    const words = ['security', '--offline=yes', '--threshold=20', `--root=${machine}`]
    const judged = await runProgram('systemd-analyze', [...words, 'mayfly-ca.service'])
    expect(judged.status, judged.stdout).toBe(0)
  })
})

test('the cron line has a user, a path and a command that exists', () => {
  const file = readFileSync(join(root, 'packaging/cron/mayfly-renew'), 'utf8')
  const line = file.split('\n').find((each) => /^[*\d]/.test(each)) ?? ''
  expect(line).toMatch(
    /^\*\/5( \*){4} mayfly mayfly ca renew --force --expires-in 4h \S+\.crt \S+\.key$/,
  )
  expect(file).toMatch(/^PATH=/m)
  expect(file.endsWith('\n')).toBe(true)
})
