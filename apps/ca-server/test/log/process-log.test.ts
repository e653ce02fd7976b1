import { expect, test } from 'vitest'
import { formatProcessLine } from '../../src/log/process-log.ts'

test('a line about the process has the time before it, and nothing that a terminal obeys', () => {
  const at = new Date(2026, 10, 23, 8, 5, 7)
  expect(formatProcessLine('a\r\nb \u001b[31mred\u009b0m \u202eturned', at)).toBe(
    '2026/11/23 08:05:07 a b \\x1b[31mred\\u009b0m \\u202eturned\n',
  )
})
