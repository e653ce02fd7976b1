import { readFileSync } from 'node:fs'
import { PassThrough } from 'node:stream'
import { CaClientError } from '@mayfly/ca-client'
import { describe, expect, test } from 'vitest'
import { CommandError } from '../../src/framework/errors.ts'
import { reportFailure } from '../../src/framework/failure.ts'
import { version } from '../../src/version.ts'
import { runCaptured } from '../support/captured-io.ts'

function report(error: unknown, environment: Record<string, string> = {}) {
  const stderr = new PassThrough()
  const status = reportFailure(error, {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    stderr,
    environment,
    now: () => new Date(0),
    random: () => new Uint8Array(),
    openTerminal: () => Promise.reject(new Error('no terminal here')),
    execute: async () => 0,
    sendSignal: () => undefined,
  })
  return { status, stderr: String(stderr.read()) }
}

describe('reportFailure', () => {
  test('tells a refusal in one line, without a stack', () => {
    expect(report(new CommandError('flag_invalid', 'not so'))).toEqual({
      status: 1,
      stderr: 'not so\n',
    })
  })

  test('says how to learn more when the CA refused', () => {
    expect(report(new CaClientError('refused', 'No.'))).toEqual({
      status: 1,
      stderr: 'No.\nRe-run with STEPDEBUG=1 for more info.\n',
    })
    expect(report(new CaClientError('unreachable', 'No.')).stderr).toBe('No.\n')
  })

  test.each(['STEPDEBUG', 'MAYFLYDEBUG'])('%s=1 shows the stack and the causes', (name) => {
    const cause = new Error('the reason')
    const { stderr } = report(new CommandError('flag_invalid', 'not so', { cause }), {
      [name]: '1',
    })
    expect(stderr).toMatch(/^CommandError: not so\n {4}at /)
    expect(stderr).toContain('caused by Error: the reason')
  })

  test("the CA's words come last, without an end of line, when debugging", () => {
    const { stderr } = report(new CaClientError('refused', 'No.'), { STEPDEBUG: '1' })
    expect(stderr).toMatch(/\n\nNo\.$/)
  })

  test('after MAYFLYDEBUG=1 they end the line', () => {
    const { stderr } = report(new CaClientError('refused', 'No.'), { MAYFLYDEBUG: '1' })
    expect(stderr).toMatch(/\n\nNo\.\n$/)
  })

  test("when debugging, the CA's answer is told with its status and request id, with no token", () => {
    const cause = new CaClientError('refused', 'No eyJhbGciOi.eyJzdWIi.c2ln here.', {
      status: 401,
      requestId: 'abc',
    })
    const error = new CommandError('ca_unreachable', 'not so', { cause })
    const { stderr } = report(error, { MAYFLYDEBUG: '1' })
    expect(stderr).toContain('\ncaused by CaClientError: No (a token) here.\n')
    expect(stderr).toMatch(/\nthe CA answered with status 401, request id abc\n$/)
  })

  test('a hint follows what is wrong', () => {
    const error = new CommandError('flag_invalid', 'not so', { hint: 'but so' })
    expect(report(error)).toEqual({ status: 1, stderr: 'not so\nbut so\n' })
    expect(report(error, { MAYFLYDEBUG: '1' }).stderr).toMatch(/\nbut so\n$/)
  })

  test.each([
    {
      url: 'https://localhost:9443/health',
      address: '127.0.0.1:9443',
      hint: 'is mayfly-ca running at https://localhost:9443?\n',
    },
    {
      url: 'https://ca.internal/sign',
      address: '[::1]:443',
      hint: 'is mayfly-ca running at https://ca.internal?\n',
    },
    { url: 'https://ca.internal/sign', address: '127.0.0.1:3128', hint: '' },
  ])('a CA at $url that refuses the connection to $address: $hint', ({ url, address, hint }) => {
    const message = `client GET ${url} failed: dial tcp ${address}: connect: connection refused`
    expect(report(new CaClientError('unreachable', message)).stderr).toBe(`${message}\n${hint}`)
    const error = new CommandError('ca_unreachable', `error renewing certificate: ${message}`)
    expect(report(error).stderr).toBe(`error renewing certificate: ${message}\n${hint}`)
  })

  test.each([new TypeError('undefined is not a function'), new Error('no code'), 'a string'])(
    'a slip of ours is status 2: %s',
    (error) => {
      const { status, stderr } = report(error)
      expect(status).toBe(2)
      expect(stderr).toMatch(/^Something unexpected happened\.\n/)
    },
  )

  test('passes on the status of a command that failed', () => {
    const error = new CommandError('child_failed', 'exit status 7', { exitCode: 7 })
    expect(report(error).status).toBe(7)
  })
})

describe('version', () => {
  test('is the one of package.json, in two lines', async () => {
    const file = new URL('../../package.json', import.meta.url)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ version })
    const { stdout } = await runCaptured(['version'])
    expect(stdout).toMatch(/^Mayfly CLI\/\d+\.\d+\.\d+ \(\w+\/\w+\)\nRelease Date: .*UTC\n$/)
  })

  test.each(['--version', '-v'])('%s says the same', async (flag) => {
    expect(await runCaptured([flag])).toEqual(await runCaptured(['version']))
  })

  test('--json says it to programs', async () => {
    const { stdout } = await runCaptured(['version', '--json'])
    expect(JSON.parse(stdout)).toMatchObject({ version })
  })
})
