import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { findRootInstaller } from '../../src/trust-store/install-root.ts'
import { createWorkshop } from '../../src/trust-store/workshop.ts'
import { type AnsweringAuthority, startAnsweringAuthority } from '../support/answering-authority.ts'
import { runCaptured } from '../support/captured-io.ts'
import { unusedIo } from '../support/unused-io.ts'

let authority: AnsweringAuthority
let folder: string
/** The commands that were run. */
let ran: string[]

beforeEach(async () => {
  authority = await startAnsweringAuthority()
  authority.on(`GET /root/${authority.fingerprint}`, { ca: authority.rootPem })
  folder = await mkdtemp(join(tmpdir(), 'mayfly-install-'))
  ran = []
})

afterEach(async () => {
  vi.restoreAllMocks()
  await authority[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const announced = 'Installing the root certificate in the system truststore... '

/** Programs that end with `status`, and leave their names behind. */
const executing = (status: number) => async (program: string, words: readonly string[]) => {
  ran.push([program, ...words].join(' '))
  return status
}

describe('findRootInstaller', () => {
  const store = 'usr/local/share/ca-certificates'
  const prepare = async (status: number) => {
    await mkdir(join(folder, store), { recursive: true })
    await writeFile(join(folder, 'root_ca.crt'), authority.rootPem)
    const stderr = new PassThrough()
    const told = () => String(stderr.read())
    const io = { ...unusedIo, stderr, environment: {}, execute: executing(status) }
    const workshop = createWorkshop(io, { root: folder, isPrivileged: true })
    return { told, installer: findRootInstaller(io, workshop) }
  }

  test('puts the root into the trust store of the system, and says so', async () => {
    const { told, installer } = await prepare(0)
    await installer.install(join(folder, 'root_ca.crt'))
    expect(told()).toBe(`${announced}done.\n`)
    const [name = ''] = await readdir(join(folder, store))
    expect(await readFile(join(folder, store, name), 'utf8')).toBe(authority.rootPem)
    expect(ran).toEqual(['update-ca-certificates'])
  })

  test('ends its line before a failure is told', async () => {
    const { told, installer } = await prepare(3)
    const installing = installer.install(join(folder, 'root_ca.crt'))
    await expect(installing).rejects.toMatchObject({ code: 'child_failed' })
    expect(told()).toBe(`${announced}\n`)
  })

  test('takes no root of a file that is none', async () => {
    const { installer } = await prepare(0)
    await writeFile(join(folder, 'root_ca.crt'), 'nothing')
    const installing = installer.install(join(folder, 'root_ca.crt'))
    await expect(installing).rejects.toMatchObject({ code: 'certificate_unfit' })
    expect([await readdir(join(folder, store)), ran]).toEqual([[], []])
  })

  test('finds none on other systems', () => {
    const workshop = createWorkshop(unusedIo, { root: folder, isPrivileged: true })
    expect(() => findRootInstaller(unusedIo, workshop)).toThrow(
      expect.objectContaining({ code: 'trust_store_unfit' }),
    )
  })
})

describe('mayfly ca bootstrap --install', () => {
  /** As a user without privileges, so that nothing is written but by a sudo that does nothing. */
  const bootstrap = async (words: readonly string[], status = 0) => {
    vi.spyOn(process, 'getuid').mockReturnValue(1000)
    await writeFile(join(folder, 'sudo'), '')
    await chmod(join(folder, 'sudo'), 0o755)
    const known = ['--ca-url', authority.url, '--fingerprint', authority.fingerprint]
    return runCaptured(['ca', 'bootstrap', ...known, ...words], {
      environment: { MAYFLYPATH: join(folder, 'home'), PATH: folder },
      execute: executing(status),
    })
  }
  const rootPath = () => join(folder, 'home/certs/root_ca.crt')

  test('installs the root once the files are there', async () => {
    const { status, stdout, stderr } = await bootstrap(['--install'])
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
    expect(stderr).toBe(
      `The root certificate has been saved in ${rootPath()}.\n` +
        `The authority configuration has been saved in ${join(folder, 'home/config/defaults.json')}.\n` +
        `${announced}done.\n`,
    )
    expect(ran).toHaveLength(2)
    expect(ran[0]).toMatch(/^\S+\/sudo -- install -m 0644 \S+\/root\.pem \S+\/Root_\d+\.(crt|pem)$/)
    expect(ran[1]).toMatch(/^\S+\/sudo -- (update-ca-certificates|update-ca-trust|trust)\b/)
  })

  test('keeps the files when the root cannot be installed, and fails', async () => {
    const { status, stderr } = await bootstrap(['--install'], 1)
    expect(status).toBe(1)
    expect(stderr).toMatch(/truststore\.\.\. \nfailed to execute "\S+\/sudo -- install /)
    expect(existsSync(rootPath())).toBe(true)
  })

  test('installs nothing unless it is asked to', async () => {
    expect((await bootstrap([])).stderr).not.toContain(announced)
    expect(ran).toEqual([])
  })

  test('installs nothing of a CA that has another root', async () => {
    authority.on(`GET /root/${authority.fingerprint}`, { ca: '' })
    expect((await bootstrap(['--install'])).status).toBe(1)
    expect(ran).toEqual([])
  })
})
