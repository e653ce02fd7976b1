import { expect, test } from 'vitest'
import { runProgram } from './support/program.ts'

test('the demonstration shows a certificate’s whole day and ends well', async () => {
  const { status, stdout, stderr } = await runProgram('node', ['scripts/demo.ts'])
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const inOrder = [
    /Generating intermediate certificate\.\.\. done!/,
    /Serving HTTPS on 127\.0\.0\.1:\d+/,
    /\$ mayfly ca health\n +ok/,
    /\$ mayfly ca token web\.internal/,
    /Certificate: web\.crt/,
    /Subject: +web\.internal/,
    /Your certificate has been saved in web\.crt\./,
    /Certificate with Serial Number \d+ has been revoked\./,
    /\$ mayfly ca renew --force web\.crt web\.key\n +The request lacked necessary authorization/,
    /again\.crt again\.key --token-file token\n(?: .*\n)* +The request lacked necessary authorization/,
    /shutting down \.\.\./,
  ]
  let rest = stdout
  for (const pattern of inOrder) {
    expect(rest).toMatch(pattern)
    rest = rest.slice(rest.search(pattern))
  }
})
