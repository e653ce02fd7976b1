import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { homeFolder, homeOfContext, loadFlagDefaults } from '../../src/framework/home.ts'
import { runCaptured } from '../support/captured-io.ts'

let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'mayfly-home-'))
  await mkdir(join(home, 'config'))
})

afterEach(async () => {
  await rm(home, { recursive: true })
})

describe('homeFolder', () => {
  test.each([
    { environment: { MAYFLYPATH: '/m', STEPPATH: '/s', HOME: '/h' }, folder: '/m' },
    { environment: { STEPPATH: '/s/', HOME: '/h' }, folder: '/s' },
    { environment: { MAYFLYPATH: '', STEPPATH: '/a/../s', HOME: '/h' }, folder: '/s' },
    { environment: { HOME: '/h' }, folder: '/h/.mayfly' },
  ])('is $folder for $environment', ({ environment, folder }) => {
    expect(homeFolder(environment)).toBe(folder)
  })

  test('is what path prints', async () => {
    expect(await runCaptured(['path'], { environment: { STEPPATH: '/s' } })).toEqual({
      status: 0,
      stdout: '/s\n',
      stderr: '',
    })
  })
})

describe('loadFlagDefaults', () => {
  test('gives nothing where there is no file', () => {
    expect(loadFlagDefaults(outside(home), undefined, unheard)).toEqual({})
  })

  test('reads defaults.json, or the file of --config in its place', async () => {
    await writeFile(join(home, 'config', 'defaults.json'), '{"ca-url": "https://a"}')
    await writeFile(join(home, 'other.json'), '{"ca-url": "https://b"}')
    expect(loadFlagDefaults(outside(home), undefined, unheard)).toEqual({ 'ca-url': 'https://a' })
    expect(loadFlagDefaults(outside(home), join(home, 'other.json'), unheard)).toEqual({
      'ca-url': 'https://b',
    })
  })

  test.each(['{', '[]', 'null', '"x"'])('refuses %s', async (text) => {
    const path = join(home, 'config', 'defaults.json')
    await writeFile(path, text)
    expect(() => loadFlagDefaults(outside(home), undefined, unheard)).toThrow(
      expect.objectContaining({
        code: 'defaults_unreadable',
        message: expect.stringContaining(
          `failed loading context configuration: error parsing ${path}: `,
        ),
      }),
    )
  })

  test('refuses a file of --config that is not there', () => {
    expect(() => loadFlagDefaults(outside(home), join(home, 'none.json'), unheard)).toThrow(
      expect.objectContaining({ code: 'defaults_unreadable' }),
    )
  })

  test("lays a profile's values over the authority's, and no context over the context", async () => {
    const context = { name: 'n', authority: 'a', profile: 'p' }
    const files = {
      'authorities/a': { root: 'r', kty: 'EC', context: 'x' },
      'profiles/p': { kty: 'RSA' },
    }
    for (const [folder, defaults] of Object.entries(files)) {
      await mkdir(join(home, folder, 'config'), { recursive: true })
      await writeFile(join(home, folder, 'config', 'defaults.json'), JSON.stringify(defaults))
    }
    const told: string[] = []
    const defaults = loadFlagDefaults(homeOfContext(home, context), undefined, (line) =>
      told.push(line),
    )
    expect(defaults).toEqual({ root: 'r', kty: 'RSA' })
    expect(told).toEqual(["cannot set 'context' attribute in config files"])
  })

  test('does not matter to version and path', async () => {
    await writeFile(join(home, 'config', 'defaults.json'), '{')
    const { status } = await runCaptured(['version'], { environment: { MAYFLYPATH: home } })
    expect(status).toBe(0)
  })

  test('--config stands before the command', async () => {
    await writeFile(join(home, 'other.json'), '{"ca-url": "http://b"}')
    const { stderr } = await runCaptured(['--config', join(home, 'other.json'), 'ca', 'health'], {
      environment: { MAYFLYPATH: home },
    })
    expect(stderr).toBe("invalid value 'http://b' for flag '--ca-url'; must have https scheme\n")
  })
})

function outside(folder: string): ReturnType<typeof homeOfContext> {
  return homeOfContext(folder, undefined)
}

function unheard(line: string): never {
  throw new Error(`nothing was to be said, but: ${line}`)
}
