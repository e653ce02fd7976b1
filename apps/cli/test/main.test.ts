import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { mainPath } from './support/pseudo-terminal.ts'

test('the process draws more random octets than Web Crypto gives at once', async () => {
  const words = [mainPath, 'crypto', 'rand', '200000', '--format', 'raw']
  const { stdout } = await promisify(execFile)(process.execPath, words, { encoding: 'buffer' })
  expect(stdout.length).toBe(200_000)
  const last = stdout.subarray(-1000)
  expect(new Set(last).size).toBeGreaterThan(200)
})
