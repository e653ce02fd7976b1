import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { findFirefoxStore } from '../../src/trust-store/firefox-store.ts'
import { findJavaStore } from '../../src/trust-store/java-store.ts'
import { findSystemStore } from '../../src/trust-store/system-store.ts'
import { loadTrustAnchor, type TrustAnchor } from '../../src/trust-store/trust-anchor.ts'
import { createWorkshop, type Workshop } from '../../src/trust-store/workshop.ts'
import { runCaptured } from '../support/captured-io.ts'
import { unusedIo } from '../support/unused-io.ts'

const debian = 'usr/local/share/ca-certificates'
let root: string
/** The commands that were run. */
let ran: string[]
let anchor: TrustAnchor

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'mayfly-trust-'))
  ran = []
  anchor = await makeRoot('Demo Root')
})

afterEach(() => rm(root, { recursive: true }))

const path = (name: string) => join(root, name)

async function makeRoot(commonName: string, profile = 'root-ca'): Promise<TrustAnchor> {
  const words = ['certificate', 'create', commonName, path('root.crt'), path('root.key')]
  const flags = ['--profile', profile, '--subtle', '--no-password', '--insecure', '--force']
  expect((await runCaptured([...words, ...flags])).status).toBe(0)
  return await loadTrustAnchor(unusedIo, path('root.crt'), undefined)
}

/** A workshop on the test's own root folder, whose programs end with `status` and leave their names behind. */
function workshop({
  status = 0,
  isPrivileged = true,
  programs = [],
  environment = {},
}: {
  readonly status?: number
  readonly isPrivileged?: boolean
  readonly programs?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
} = {}): Workshop {
  mkdirSync(path('bin'), { recursive: true })
  for (const program of programs) writeFileSync(path(`bin/${program}`), '')
  const io = {
    ...unusedIo,
    environment: { ...environment, PATH: `:${path('bin')}` },
    execute: async (program: string, words: readonly string[]) => {
      ran.push([program, ...words].join(' '))
      return status
    },
  }
  return createWorkshop(io, { root, isPrivileged })
}

describe('the trust store of the system', () => {
  test.each([
    {
      folder: 'etc/pki/ca-trust/source/anchors',
      suffix: '.pem',
      update: 'update-ca-trust extract',
    },
    { folder: debian, suffix: '.crt', update: 'update-ca-certificates' },
    { folder: 'usr/share/pki/trust/anchors', suffix: '.crt', update: 'update-ca-certificates' },
    {
      folder: 'etc/ca-certificates/trust-source/anchors',
      suffix: '.crt',
      update: 'trust extract-compat',
    },
    { folder: 'etc/ssl/certs', suffix: '.crt', update: 'trust extract-compat' },
  ])('is $folder, made known by $update', async ({ folder, suffix, update }) => {
    await mkdir(path(folder), { recursive: true })
    await mkdir(path('etc/ssl/certs'), { recursive: true })
    const store = findSystemStore(workshop())
    await store.install(anchor)
    const name = `Demo_Root_${anchor.certificate.serialNumber}${suffix}`
    expect(await readdir(path(folder))).toEqual([name])
    expect(await readFile(path(`${folder}/${name}`))).toEqual(await readFile(path('root.crt')))
    expect((await stat(path(`${folder}/${name}`))).mode & 0o777).toBe(0o644 & ~process.umask())
    await store.uninstall(anchor)
    expect(await readdir(path(folder))).toEqual([])
    expect(ran).toEqual([update, folder === debian ? `${update} --fresh` : update])
  })

  test('is not there on other systems', () => {
    expect(() => findSystemStore(workshop())).toThrow(
      expect.objectContaining({ code: 'trust_store_unfit' }),
    )
  })

  test('keeps nothing of a root that could not be made known', async () => {
    await mkdir(path(debian), { recursive: true })
    const store = findSystemStore(workshop({ status: 3 }))
    await expect(store.install(anchor)).rejects.toMatchObject({
      code: 'child_failed',
      message: 'failed to execute "update-ca-certificates" failed with: exit status 3',
    })
    expect(await readdir(path(debian))).toEqual([])
  })

  test('keeps a root that was there before, though it could not be made known again', async () => {
    await mkdir(path(debian), { recursive: true })
    await findSystemStore(workshop()).install(anchor)
    const again = findSystemStore(workshop({ status: 3 })).install(anchor)
    await expect(again).rejects.toMatchObject({ code: 'child_failed' })
    expect(await readdir(path(debian))).toHaveLength(1)
  })

  test('takes the place of a link, and leaves alone what it leads to', async () => {
    await mkdir(path(debian), { recursive: true })
    await writeFile(path('elsewhere'), 'precious')
    const target = path(`${debian}/Demo_Root_${anchor.certificate.serialNumber}.crt`)
    await symlink(path('elsewhere'), target)
    await findSystemStore(workshop()).install(anchor)
    expect(await readFile(path('elsewhere'), 'utf8')).toBe('precious')
    expect((await lstat(target)).isFile()).toBe(true)
    expect(await readFile(target)).toEqual(await readFile(path('root.crt')))
  })

  test('does not claim to have removed what is not there', async () => {
    await mkdir(path(debian), { recursive: true })
    const store = findSystemStore(workshop())
    await expect(store.uninstall(anchor)).rejects.toMatchObject({ code: 'trust_store_unfit' })
    expect(ran).toEqual([])
  })

  test.each(['../../../../etc/cron.d/x', '.hidden', '-rf', 'a\nb', 'a\\b'])(
    'keeps to its folder for a root called %j',
    async (commonName) => {
      await mkdir(path(debian), { recursive: true })
      const { certificate } = anchor
      const named = { ...anchor, name: `${commonName} ${certificate.serialNumber}` }
      await findSystemStore(workshop()).install(named)
      expect(await readdir(path(debian))).toHaveLength(1)
      expect((await readdir(path(debian)))[0]).toMatch(/^[^.\-/\s][^/\\\s]*\.crt$/)
    },
  )

  test('is written by sudo where that is needed', async () => {
    await mkdir(path(debian), { recursive: true })
    const store = findSystemStore(workshop({ isPrivileged: false, programs: ['sudo'] }))
    await store.install(anchor)
    const target = path(`${debian}/Demo_Root_${anchor.certificate.serialNumber}.crt`)
    expect(ran).toEqual([
      expect.stringMatching(
        `^${path('bin/sudo')} -- install -m 0644 /\\S+/root\\.pem /\\S+\\.crt$`,
      ),
      `${path('bin/sudo')} -- update-ca-certificates`,
    ])
    expect(ran[0]?.endsWith(target)).toBe(true)
    await writeFile(target, '')
    await store.uninstall(anchor)
    expect(ran[2]).toBe(`${path('bin/sudo')} -- rm -f ${target}`)
  })
})

describe('other trust stores', () => {
  test('get no name that a terminal would obey: their programs print it', async () => {
    const prefix = 'a\u001b]0;b\u0007\u009bc\u202e\u2028 '
    const loud = await loadTrustAnchor(unusedIo, path('root.crt'), prefix)
    expect(loud.name).toBe(`a_]0;b__c__ ${loud.certificate.serialNumber}`)
  })

  test('Java is told by the keytool of PATH, or of JAVA_HOME', async () => {
    const store = findJavaStore(workshop({ programs: ['keytool'] }))
    await store.install(anchor)
    await store.uninstall(anchor)
    const shared = `-cacerts -storepass changeit -alias ${anchor.name}`
    expect(ran).toEqual([
      expect.stringMatching(
        `^${path('bin/keytool')} -importcert -noprompt ${shared} -file /\\S+/root.pem$`,
      ),
      `${path('bin/keytool')} -delete ${shared}`,
    ])
    await mkdir(path('java/bin'), { recursive: true })
    await writeFile(path('java/bin/keytool'), '')
    await findJavaStore(workshop({ environment: { JAVA_HOME: path('java') } })).uninstall(anchor)
    expect(ran[2]).toBe(`${path('java/bin/keytool')} -delete ${shared}`)
    await rm(path('bin'), { recursive: true })
    expect(() => findJavaStore(workshop())).toThrow('keytool was not found')
  })

  test('Firefox is told for each profile', async () => {
    const environment = { HOME: root }
    expect(() => findFirefoxStore(workshop({ environment }))).toThrow('no profile of Firefox')
    const profiles = [
      '.mozilla/firefox/a',
      '.mozilla/firefox/b',
      'snap/firefox/common/.mozilla/firefox/c',
    ]
    for (const profile of [...profiles, '.mozilla/firefox/none'])
      await mkdir(path(profile), { recursive: true })
    for (const [index, profile] of profiles.entries()) {
      await writeFile(path(`${profile}/${index === 1 ? 'cert8' : 'cert9'}.db`), '')
    }
    expect(() => findFirefoxStore(workshop({ environment }))).toThrow('certutil was not found')
    const store = findFirefoxStore(workshop({ environment, programs: ['certutil'] }))
    await store.install(anchor)
    await store.uninstall(anchor)
    const databases = [
      `sql:${path('.mozilla/firefox/a')}`,
      `dbm:${path('.mozilla/firefox/b')}`,
      `sql:${path('snap/firefox/common/.mozilla/firefox/c')}`,
    ]
    expect(ran).toEqual([
      ...databases.map((database) =>
        expect.stringContaining(
          `${path('bin/certutil')} -A -d ${database} -t C,, -n ${anchor.name} -i /`,
        ),
      ),
      ...databases.map((database) => `${path('bin/certutil')} -D -d ${database} -n ${anchor.name}`),
    ])
  })
})

describe('mayfly certificate install', () => {
  const install = (...words: string[]) => runCaptured(['certificate', 'install', ...words])

  test('takes roots only', async () => {
    const words = ['certificate', 'create', 'Int', path('int.crt'), path('int.key')]
    const issuer = ['--ca', path('root.crt'), '--ca-key', path('root.key')]
    const flags = ['--profile', 'intermediate-ca', '--no-password', '--insecure']
    expect((await runCaptured([...words, ...issuer, ...flags])).status).toBe(0)
    const refusal = { status: 1, stdout: '' }
    const [intPath, selfPath] = [path('int.crt'), path('root.crt')]
    expect(await install(intPath)).toEqual({
      ...refusal,
      stderr: `certificate ${intPath} is not a root CA\n`,
    })
    await expect(makeRoot('self.local', 'self-signed')).rejects.toThrow(
      `certificate ${selfPath} is not a root CA`,
    )
    const both = path('both.crt')
    await writeFile(both, (await readFile(intPath)) + (await readFile(selfPath)).toString())
    expect(await install(both)).toEqual({
      ...refusal,
      stderr: `error decoding ${both}: contains more than one PEM encoded block\n`,
    })
    expect(await install(path('nope'))).toEqual({
      ...refusal,
      stderr: `error reading "${path('nope')}": no such file or directory\n`,
    })
    expect(existsSync(path('usr'))).toBe(false)
  })

  test('wants one trust store at least', async () => {
    expect(await install(path('root.crt'), '--no-system')).toEqual({
      status: 1,
      stdout: '',
      stderr: "flag '--no-system' requires the '--java', '--firefox' or '--all' flag\n",
    })
  })

  test('changes Java’s trust store alone, prints the root, and lets the prefix be chosen', async () => {
    await mkdir(path('java/bin'), { recursive: true })
    await writeFile(path('java/bin/keytool'), '')
    const calls: string[] = []
    const options = {
      environment: { JAVA_HOME: path('java') },
      execute: async (program: string, words: readonly string[]) => {
        calls.push([program, ...words].join(' '))
        return 0
      },
    }
    const words = [path('root.crt'), '--no-system', '--java', '--prefix', 'my-']
    const shown = await runCaptured(['certificate', 'uninstall', ...words], options)
    expect(shown.stdout).toMatch(
      /^Certificate \S+\/root\.crt has been removed\.\nX\.509v3 Root CA Certificate \(ECDSA P-256\)/,
    )
    expect(calls[0]).toContain(`-alias my-${anchor.certificate.serialNumber}`)
    expect((await runCaptured(['certificate', 'install', ...words], options)).stdout).toContain(
      'has been installed.\n',
    )
  })
})
