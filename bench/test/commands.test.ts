import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

let temporary: string

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'mayfly-bench-test-'))
})

afterEach(() => {
  rmSync(temporary, { recursive: true })
})

/** Runs a program of the bench, whose temporary folders are in one of the test's. */
function run(program: string, ...argv: string[]) {
  return spawnSync(process.execPath, [join(root, 'bench/src', program), ...argv], {
    cwd: temporary,
    encoding: 'utf8',
    env: { ...process.env, TMPDIR: temporary },
  })
}

describe('the commands of the README', () => {
  const text = readFileSync(join(root, 'bench/README.md'), 'utf8')
  const lines = /```console\n([\s\S]*?)```/.exec(text)?.[1]?.trim().split('\n') ?? []

  // The servers that a measurement starts take their time: all of them in the long form alone.
  const isLong = process.env.MAYFLY_TEST_LONG !== undefined
  const some = isLong ? lines : lines.filter((line) => !/main\.ts .*(mysql|sqlite)/.test(line))

  test.each(some)('%s', (line) => {
    const [, program = '', ...argv] = line.replace('bench/src/', '').split(' ')
    const { status, stdout, stderr } = run(program, ...argv)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    if (argv.includes('--help')) {
      expect(stdout).toMatch(/^usage: pnpm bench/)
    } else {
      const { rows } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
      if (program === 'main.ts') expectMeasured(rows)
    }
    const left = readdirSync(temporary).filter((name) => name !== 'node-compile-cache')
    expect(left).toEqual([])
  })
})

/** Each work was done, and no request failed. */
function expectMeasured(rows: readonly Record<string, unknown>[]): void {
  expect(rows.length % 4).toBe(0)
  for (const row of rows) {
    expect(row).toMatchObject({ requests: 50, failed: 0, rows: 0 })
    expect(row.cpuMillisecondsEach).toHaveLength(Number(row.instances))
  }
}

test('bench:bulk goes on where it ended, and keeps the file', () => {
  const argv = ['--db', 'sqlite', '--folder', temporary, '--rows']
  expect(run('bulk.ts', ...argv, '200').status).toBe(0)
  const { status, stdout } = run('bulk.ts', ...argv, '300')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^sqlite: 300 certificates, \d+ s\n/)
  expect(readdirSync(temporary)).toContain('mayfly_bulk.sqlite')
})
