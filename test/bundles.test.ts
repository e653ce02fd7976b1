import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root, runProgram } from './support/program.ts'

// Built into a folder with nothing beside it: whatever is missing there is missing.
let folder: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-bundles-'))
  const tsdown = join(root, 'node_modules/.bin/tsdown')
  for (const app of ['cli', 'ca-server']) {
    if (process.env.MAYFLY_TEST_PROGRAMS === 'bundles') {
      cpSync(join(root, 'apps', app, 'dist'), join(folder, app), { recursive: true })
      continue
    }
    const argv = ['--out-dir', join(folder, app)]
    const { status, stderr } = await runProgram(tsdown, argv, { cwd: join(root, 'apps', app) })
    expect(status, stderr).toBe(0)
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the bundles', () => {
  test('stand alone: no import leads to a package', () => {
    for (const app of ['cli', 'ca-server']) {
      const files = readdirSync(join(folder, app)).filter((name) => name.endsWith('.mjs'))
      const specifiers = files.flatMap((name) => importsOf(join(folder, app, name)))
      expect(specifiers.filter((name) => !/^(\.|node:)/.test(name))).toEqual([])
    }
  })

  test('mayfly loads a command’s code only when it is called', () => {
    const loaded = reachable(join(folder, 'cli'), 'mayfly.mjs')
    const all = readdirSync(join(folder, 'cli')).filter((name) => name.endsWith('.mjs'))
    expect(loaded.length).toBeLessThan(all.length / 2)
    const text = loaded.map((name) => readFileSync(join(folder, 'cli', name), 'utf8')).join('')
    expect(text).not.toContain('PBES2')
  })

  test('show a certificate without reading what makes or judges one', () => {
    const at = join(folder, 'cli')
    const isCommand = (name: string) =>
      readFileSync(join(at, name), 'utf8').includes('mayfly certificate inspect shows')
    const loaded = reachable(at, readdirSync(at).find(isCommand) ?? '')
    const text = loaded.map((name) => readFileSync(join(at, name), 'utf8')).join('')
    expect(text).toContain('formatCertificateShort')
    expect(text).not.toMatch(/e_ext_san_missing|function issueRoot|PBES2/)
  })

  test.each(['cli', 'ca-server'])(
    'no file of %s waits for one that waits for it, and so finds names that are not there yet',
    (app) => {
      const at = join(folder, app)
      const files = readdirSync(at).filter((name) => name.endsWith('.mjs'))
      const inCircles = files.filter((name) =>
        importsOf(join(at, name))
          .filter((specifier) => specifier.startsWith('./'))
          .some((specifier) => reachable(at, specifier.slice(2)).includes(name)),
      )
      expect(inCircles).toEqual([])
    },
  )

  test('make a PKI, serve it and issue', async () => {
    const demo = await runProgram('node', ['scripts/demo.ts'], {
      environment: {
        MAYFLY_DEMO_CLI: join(folder, 'cli/mayfly.mjs'),
        MAYFLY_DEMO_SERVER: join(folder, 'ca-server/mayfly-ca.mjs'),
      },
    })
    expect(demo.status, demo.stderr).toBe(0)
    expect(demo.stdout).toContain('Your certificate has been saved in web.crt.')
  })
})

function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8')
  return [...text.matchAll(/^(?:import|export)\b[^;'"]*?from ?["']([^"']+)["']/gm)].map(
    (match) => match[1] ?? '',
  )
}

/** The files that are loaded at once with one of them: static imports only. */
function reachable(at: string, name: string, seen: string[] = []): string[] {
  if (seen.includes(name)) return seen
  seen.push(name)
  for (const specifier of importsOf(join(at, name))) {
    if (specifier.startsWith('./')) reachable(at, specifier.slice(2), seen)
  }
  return seen
}
