import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadRenewals } from '../../src/daemon/renewals-configuration.ts'

const pair = { certificate: 'web.crt', key: 'web.key' }

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-renewals-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, value: unknown): string {
  const path = join(folder, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

describe('a list of renewals', () => {
  test('gives each member its type, and paths from its own folder', async () => {
    const path = write('renewals.json', {
      renewals: [
        {
          ...pair,
          out: '../out.crt',
          exec: ' systemctl reload nginx ',
          pidFile: '/run/nginx.pid',
          signal: 12,
          expiresIn: '8h',
          passwordFile: 'password.txt',
          mtls: false,
          rekey: false,
        },
        { certificate: 'db.crt', key: 'db.key', pid: 7, renewPeriod: '1h30m' },
      ],
    })
    expect(await loadRenewals(path)).toEqual([
      {
        certificate: join(folder, 'web.crt'),
        key: join(folder, 'web.key'),
        out: join(folder, '../out.crt'),
        exec: 'systemctl reload nginx',
        pidFile: '/run/nginx.pid',
        signal: 12,
        expiresIn: 8 * 3_600_000,
        passwordFile: join(folder, 'password.txt'),
        mtls: false,
        rekey: false,
      },
      {
        certificate: join(folder, 'db.crt'),
        key: join(folder, 'db.key'),
        pid: 7,
        renewPeriod: 5_400_000,
      },
    ])
  })

  test('may be empty', async () => {
    expect(await loadRenewals(write('renewals.json', { renewals: [] }))).toEqual([])
  })

  test('may share a key', async () => {
    const renewals = [pair, { ...pair, certificate: 'other.crt' }]
    expect(await loadRenewals(write('renewals.json', { renewals }))).toHaveLength(2)
  })
})

describe('a folder of lists', () => {
  test('is read in the order of names, without what is hidden, is no list or is a status', async () => {
    write('b.json', { renewals: [{ certificate: 'b.crt', key: 'b.key' }] })
    write('a.json', { renewals: [{ certificate: 'a.crt', key: 'a.key' }] })
    write('a.status.json', { pid: 1, certificates: [] })
    write('.status.json', { pid: 1, certificates: [] })
    write('notes.txt', 'none')
    expect((await loadRenewals(folder)).map(({ certificate }) => certificate)).toEqual([
      join(folder, 'a.crt'),
      join(folder, 'b.crt'),
    ])
  })

  test('names a certificate once', async () => {
    write('a.json', { renewals: [pair] })
    write('b.json', { renewals: [pair] })
    await expect(loadRenewals(folder)).rejects.toMatchObject({
      code: 'file_unreadable',
      message: `error parsing ${folder}: ${join(folder, 'web.crt')} is named twice`,
    })
  })

  test('writes over no key that another list names', async () => {
    write('a.json', { renewals: [{ ...pair, out: 'db.key' }] })
    write('b.json', { renewals: [{ certificate: 'db.crt', key: 'db.key' }] })
    await expect(loadRenewals(folder)).rejects.toMatchObject({
      code: 'file_unreadable',
      message: `error parsing ${folder}: the certificate cannot be written to ${join(folder, 'db.key')}: a key is there`,
    })
  })
})

describe('refuses', () => {
  const one = (members: object) => ({ renewals: [{ ...pair, ...members }] })

  test.each<{ what: string; list: unknown; message: string }>([
    { what: 'no JSON', list: '{', message: 'Expected property name or' },
    { what: 'another value', list: '[]', message: 'it is no JSON object' },
    { what: 'no list', list: {}, message: 'renewals: is not a list of objects with' },
    {
      what: 'an unknown member',
      list: { renewals: [], daemon: true },
      message: 'daemon: there is no such member; use "renewals"',
    },
    {
      what: 'a wrong entry',
      list: { renewals: ['web.crt'] },
      message: 'renewals[0]: is no object',
    },
    {
      what: 'an unknown member of an entry',
      list: one({ command: 'x' }),
      message: 'renewals[0].command: there is no such member; there are certificate, key, ',
    },
    {
      what: 'a member of every object',
      list: '{"renewals":[{"certificate":"a","key":"b","__proto__":"c"}]}',
      message: 'renewals[0].__proto__: there is no such member',
    },
    {
      what: 'a missing certificate',
      list: { renewals: [{ key: 'web.key' }] },
      message: 'renewals[0].certificate: is missing',
    },
    {
      what: 'a missing key',
      list: { renewals: [pair, { certificate: 'db.crt' }] },
      message: 'renewals[1].key: is missing',
    },
    {
      what: 'no name of a file',
      list: one({ out: '' }),
      message: 'renewals[0].out: wants the name of a file, not ""',
    },
    {
      what: 'a name with a zero octet',
      list: one({ out: 'a\u0000b' }),
      message: 'renewals[0].out: wants the name of a file, not "a\\u0000b"',
    },
    {
      what: 'no command',
      list: one({ exec: '  ' }),
      message: 'renewals[0].exec: wants a command, not "  "',
    },
    {
      what: 'a list of words',
      list: one({ exec: ['true'] }),
      message: 'renewals[0].exec: wants a command, not ["true"]',
    },
    {
      what: 'process 0, which is the whole group',
      list: one({ pid: 0 }),
      message: 'renewals[0].pid: wants a whole number above zero, not 0',
    },
    {
      what: 'a negative process, which is a group',
      list: one({ pid: -1 }),
      message: 'renewals[0].pid: wants a whole number above zero, not -1',
    },
    {
      what: 'the name of a signal',
      list: one({ signal: 'SIGHUP' }),
      message: 'renewals[0].signal: wants a whole number above zero, not "SIGHUP"',
    },
    {
      what: 'a number as duration',
      list: one({ expiresIn: 60 }),
      message: 'renewals[0].expiresIn: wants a duration above zero',
    },
    {
      what: 'a unit there is not',
      list: one({ renewPeriod: '7d' }),
      message:
        'renewals[0].renewPeriod: wants a duration above zero (durations are written as 168h or 1h30m), not "7d"',
    },
    {
      what: 'no time at all',
      list: one({ renewPeriod: '0s' }),
      message: 'renewals[0].renewPeriod: wants a duration above zero',
    },
    {
      what: 'a word for a switch',
      list: one({ mtls: 'false' }),
      message: 'renewals[0].mtls: wants true or false, not "false"',
    },
    {
      what: 'null for nothing',
      list: one({ rekey: null }),
      message: 'renewals[0].rekey: wants true or false, not null',
    },
    {
      what: 'two processes',
      list: one({ pid: 1, pidFile: 'x.pid' }),
      message: 'renewals[0].pid: does not go together with "pidFile"',
    },
    {
      what: 'two schedules',
      list: one({ expiresIn: '1h', renewPeriod: '1h' }),
      message: 'renewals[0].expiresIn: does not go together with "renewPeriod"',
    },
    {
      what: 'a token for a new key, which only mutual TLS gives',
      list: one({ rekey: true, mtls: false }),
      message: 'renewals[0].rekey: does not go together with "mtls": false',
    },
  ])('$what', async ({ list, message }) => {
    const path = write('renewals.json', list)
    const error = await loadRenewals(path).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ name: 'CommandError', code: 'file_unreadable' })
    expect(String(error)).toContain(`error parsing ${path}: ${message}`)
  })

  test.each<{
    what: string
    entry: { certificate: string; key: string; out?: string; passwordFile?: string }
  }>([
    { what: 'a certificate in the file of its key', entry: { ...pair, certificate: 'web.key' } },
    { what: 'new certificates in the file of the key', entry: { ...pair, out: 'web.key' } },
    { what: 'the key by another path', entry: { ...pair, out: 'link.key' } },
    {
      what: 'new certificates in the file of the password',
      entry: { ...pair, passwordFile: 'password.txt', out: 'password.txt' },
    },
  ])('to write $what', async ({ entry }) => {
    write('web.key', 'a key')
    symlinkSync('web.key', join(folder, 'link.key'))
    const written = join(folder, entry.out ?? entry.certificate)
    await expect(loadRenewals(write('renewals.json', { renewals: [entry] }))).rejects.toMatchObject(
      {
        code: 'file_unreadable',
        message: expect.stringContaining(`the certificate cannot be written to ${written}: a `),
      },
    )
  })

  test('a certificate named twice, by whatever path', async () => {
    const renewals = [pair, { certificate: './sub/../web.crt', key: 'other.key' }]
    await expect(loadRenewals(write('renewals.json', { renewals }))).rejects.toMatchObject({
      code: 'file_unreadable',
      message: expect.stringContaining(`${join(folder, 'web.crt')} is named twice`),
    })
  })

  test('a file that is not there', async () => {
    const path = join(folder, 'nowhere.json')
    await expect(loadRenewals(path)).rejects.toMatchObject({
      code: 'file_unreadable',
      message: `open ${path} failed: no such file or directory`,
    })
  })
})
