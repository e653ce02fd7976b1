import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { CertificateStatus, DaemonStatus } from '../../src/daemon/status-file.ts'
import { type Outcome, type RunOptions, runCaptured } from '../support/captured-io.ts'

const now = new Date('2026-11-23T12:00:00Z')
const good: CertificateStatus = {
  certificatePath: '/etc/web.crt',
  state: 'waiting',
  subject: 'web.internal',
  notAfter: '2026-11-23T20:00:00.000Z',
  nextAttempt: '2026-11-23T13:30:00.000Z',
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-renewals-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** Runs `mayfly ca renewals` on a status of which only this is unlike one where all is well. */
async function show(
  status: Partial<DaemonStatus> | string,
  sendSignal: RunOptions['sendSignal'] = () => undefined,
): Promise<Outcome> {
  const well = { pid: 4321, writtenAt: '2026-11-23T11:59:30.000Z', certificates: [good] }
  writeFileSync(
    join(folder, 'renewals.status.json'),
    typeof status === 'string' ? status : JSON.stringify({ ...well, ...status }),
  )
  return await runCaptured(['ca', 'renewals', '--config', join(folder, 'renewals.json')], {
    environment: { HOME: folder },
    now: () => now,
    sendSignal,
  })
}

describe('ca renewals', () => {
  test('says how each certificate stands, with status 0 when all is well', async () => {
    const asked: unknown[] = []
    expect(await show({}, (pid, signal) => asked.push([pid, signal]))).toEqual({
      status: 0,
      stdout:
        '/etc/web.crt (web.internal): waiting\n  expires in 8h0m0s, on 2026-11-23T20:00:00.000Z\n  next attempt in 1h30m0s\n',
      stderr: '',
    })
    expect(asked).toEqual([[4321, 0]])
  })

  test.each<{ what: string; certificate: Partial<CertificateStatus>; shown: string }>([
    {
      what: 'a certificate has expired since',
      certificate: { notAfter: '2026-11-23T11:59:59.000Z' },
      shown: 'EXPIRED on 2026-11-23T11:59:59.000Z',
    },
    {
      what: 'a certificate could never be read',
      certificate: { state: 'retrying', subject: undefined, notAfter: undefined },
      shown: '/etc/web.crt: retrying\n',
    },
    {
      what: 'the last attempt failed',
      certificate: {
        state: 'retrying',
        lastError: { at: '2026-11-23T11:59:00.000Z', message: 'no\u001b[2J route' },
      },
      shown: '  2026-11-23T11:59:00.000Z no\\u001b[2J route\n',
    },
    {
      what: 'those who use it were not told of the last renewal',
      certificate: { hookError: { at: '2026-11-23T11:59:00.000Z', message: 'exit status 1' } },
      shown: '  2026-11-23T11:59:00.000Z exit status 1\n',
    },
  ])('has status 1 when $what', async ({ certificate, shown }) => {
    const { status, stdout } = await show({ certificates: [good, { ...good, ...certificate }] })
    expect(status).toBe(1)
    expect(stdout).toContain(shown)
  })

  test('has status 1 while the list is broken, though every certificate is well', async () => {
    const { status, stdout } = await show({ problems: ['error parsing web.json: no\u001b[2J'] })
    expect(status).toBe(1)
    expect(stdout).toContain('\nerror parsing web.json: no\\u001b[2J\n')
  })

  test.each<{
    what: string
    status: Partial<DaemonStatus>
    sendSignal?: RunOptions['sendSignal']
    told: string
  }>([
    {
      what: 'has ended, whoever has its process id now',
      status: { endedAt: '2026-11-23T11:59:30.000Z' },
      told: 'the daemon does not run; this is how things stood at 2026-11-23T11:59:30.000Z\n',
    },
    {
      what: 'was killed',
      status: {},
      sendSignal: refuse('ESRCH'),
      told: 'the daemon does not run; this is how things stood at 2026-11-23T11:59:30.000Z\n',
    },
    {
      what: 'has told nothing for long',
      status: { writtenAt: '2026-11-23T11:57:00.000Z' },
      told: "the daemon has told nothing since 2026-11-23T11:57:00.000Z: process 4321 hangs, or is another program's\n",
    },
  ])('has status 1 when the daemon $what', async ({ status, sendSignal, told }) => {
    const outcome = await show(status, sendSignal)
    expect(outcome).toMatchObject({ status: 1, stderr: told })
    expect(outcome.stdout).toContain('/etc/web.crt (web.internal): waiting')
  })

  test('knows the process of another user for one', async () => {
    expect(await show({}, refuse('EPERM'))).toMatchObject({ status: 0 })
  })

  test.each(['[]', '{"pid":1}', '{'])('refuses a status of %s', async (text) => {
    const { status, stderr } = await show(text)
    expect(status).toBe(1)
    expect(stderr).toContain(`error reading "${join(folder, 'renewals.status.json')}": `)
  })
})

function refuse(code: string): () => never {
  return () => {
    throw Object.assign(new Error(code), { code })
  }
}
