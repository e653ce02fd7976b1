import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { type Clock, createRenewalDaemon, type RenewalEvent } from '@mayfly/renew-scheduler'
import { type Certificate, parseCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createDaemonLog } from '../../src/daemon/daemon-log.ts'
import type { Io } from '../../src/io.ts'
import { endOnFailure } from '../../src/standard-streams.ts'
import { startAnsweringAuthority } from '../support/answering-authority.ts'
import { unusedIo } from '../support/unused-io.ts'

const second = 1000
const minute = 60 * second
const hour = 60 * minute

let folder: string
let certificate: Certificate
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-log-'))
  await using authority = await startAnsweringAuthority()
  await authority.writeLeaf(filePath('crt'), filePath('key'))
  const [leaf] = parseCertificatePem(readFileSync(filePath('crt'), 'utf8'))
  if (leaf === undefined) throw new Error('no certificate was written')
  certificate = leaf
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Local time, as the log's. */
const now = new Date(2026, 10, 3, 8, 5, 9)
const time = '2026/11/03 08:05:09'

describe('the log of a daemon', () => {
  test.each<{ what: string; event: () => RenewalEvent; line: string }>([
    {
      what: 'the first plan',
      event: () => ({
        type: 'scheduled',
        certificate,
        at: now,
        inMilliseconds: 15 * hour + 61_499,
      }),
      line: `INFO: ${time} first renewal in 15h1m1s\n`,
    },
    {
      what: 'one that is due',
      event: () => ({ type: 'scheduled', certificate, at: now, inMilliseconds: 0 }),
      line: `INFO: ${time} first renewal in 0s\n`,
    },
    {
      what: 'a renewal',
      event: () => ({ type: 'renewed', certificate, nextInMilliseconds: 140 * second }),
      line: `INFO: ${time} foo certificate renewed, next in 2m20s\n`,
    },
    {
      what: 'a certificate of another program',
      event: () => ({ type: 'replaced', certificate, nextInMilliseconds: hour }),
      line: `INFO: ${time} foo certificate replaced by another program, next in 1h0m0s\n`,
    },
    {
      what: 'a repair',
      event: () => ({ type: 'repaired', certificatePath: 'foo.crt' }),
      line: `INFO: ${time} completed a rekeying that had been cut short\n`,
    },
  ])('tells of $what on standard output, as step does', ({ event, line }) => {
    const { io, texts } = capturing()
    createDaemonLog(io).write(event())
    expect(texts()).toEqual({ stdout: line, stderr: '' })
  })

  test.each<{ what: string; event: () => RenewalEvent; line: () => string }>([
    {
      what: 'a failure',
      event: () => ({ type: 'failed', error: new Error('no route'), retryInMilliseconds: minute }),
      line: () => `ERROR: ${time} error renewing certificate: no route\n`,
    },
    {
      what: 'a failure that would forge a line of its own',
      event: () => ({
        type: 'failed',
        error: new Error('no\nINFO: 2026/11/03 08:05:09 foo certificate renewed, next in 15h'),
        retryInMilliseconds: minute,
      }),
      line: () =>
        `ERROR: ${time} error renewing certificate: no\\u000aINFO: 2026/11/03 08:05:09 foo certificate renewed, next in 15h\n`,
    },
    {
      what: 'a hook that failed',
      event: () => ({ type: 'hook_failed', error: new Error('exit status 3') }),
      line: () => `ERROR: ${time} exit status 3\n`,
    },
    {
      what: 'the end of a certificate, and the way out',
      event: () => ({ type: 'expired', certificate }),
      line: () =>
        `ERROR: ${time} foo certificate expired on ${certificate.validity.notAfter.toISOString()}; renewal goes on being tried, but the CA may refuse what has expired: 'mayfly ca certificate' gets a new one\n`,
    },
  ])('tells of $what on standard error', ({ event, line }) => {
    const { io, texts } = capturing()
    createDaemonLog(io).write(event())
    expect(texts()).toEqual({ stdout: '', stderr: line() })
  })

  test('names the file where there are several', () => {
    const { io, texts } = capturing()
    const log = createDaemonLog(io)
    log.write({ type: 'scheduled', certificate, at: now, inMilliseconds: hour }, '/etc/foo.crt')
    expect(texts().stdout).toBe(`INFO: ${time} /etc/foo.crt: first renewal in 1h0m0s\n`)
  })

  test('that nobody reads any more, or that fills the disk, does not end the daemon', async () => {
    const exit = vi.spyOn(process, 'exit').mockReturnValue(undefined as never)
    const { io, texts } = capturing()
    const stdout = endOnFailure(new PassThrough())
    const log = createDaemonLog({ ...io, stdout })
    stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    await setImmediate()
    log.write({ type: 'renewed', certificate, nextInMilliseconds: hour })
    await setImmediate()
    log.error('still there')
    expect(exit).not.toHaveBeenCalled()
    expect(texts().stderr).toBe(`ERROR: ${time} still there\n`)
    exit.mockRestore()
  })
})

test('a certificate that expires while its CA is away is told of once, between attempts that go on', async () => {
  const { io, texts } = capturing()
  const { notAfter } = certificate.validity
  const ending = new AbortController()
  const asked: string[] = []
  const away = (how: string) => async () => {
    asked.push(how)
    if (asked.length === 5) ending.abort()
    throw new Error('connection refused')
  }
  let elapsed = 0
  const clock: Clock = {
    now: () => new Date(notAfter.getTime() - 2.5 * minute + elapsed),
    wait: async (milliseconds) => {
      elapsed += milliseconds
      await setImmediate()
    },
  }
  const log = createDaemonLog({ ...io, now: clock.now })
  await createRenewalDaemon({
    certificatePath: filePath('crt'),
    key: { path: filePath('key') },
    client: { url: 'https://ca', renew: away('mutual TLS'), renewWithToken: away('token') },
    clock,
    // In the middle of its range: a minute between attempts.
    random: (length) => new Uint8Array(length).fill(0x80),
    onEvent: (event) => log.write(event),
  }).run(ending.signal)
  expect(asked).toEqual(['mutual TLS', 'mutual TLS', 'mutual TLS', 'token', 'token'])
  const failure = 'ERROR: error renewing certificate: connection refused'
  expect(
    texts()
      .stderr.replace(/^(\S+) \S+ \S+ /gm, '$1 ')
      .split('\n'),
  ).toEqual([
    failure,
    failure,
    failure,
    expect.stringMatching(/^ERROR: foo certificate expired on /),
    failure,
    '',
  ])
})

function capturing(): { io: Io; texts: () => { stdout: string; stderr: string } } {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()]
  const text = (stream: PassThrough) => String(stream.read() ?? '')
  return {
    io: { ...unusedIo, stdout, stderr, now: () => now },
    texts: () => ({ stdout: text(stdout), stderr: text(stderr) }),
  }
}

function filePath(extension: string): string {
  return join(folder, `foo.${extension}`)
}
