import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** What a module loads before anything of it runs, all the way down. */
function loadedBy(url: URL, seen: Set<string> = new Set()): Set<string> {
  const source = readFileSync(url, 'utf8')
  for (const [, name = ''] of source.matchAll(
    /^(?:import|export) (?!type )[^;]*? from '([^']+)'/gms,
  )) {
    const found = name.startsWith('.') ? new URL(name, url) : undefined
    const key = found === undefined ? name : fileURLToPath(found)
    if (seen.has(key)) continue
    seen.add(key)
    if (found !== undefined) loadedBy(found, seen)
  }
  return seen
}

describe('start-up', () => {
  test.each(['main', 'commands/version', 'commands/path', 'commands/help'])(
    '%s loads no package, and of Node only what is at hand',
    (name) => {
      const loaded = [...loadedBy(new URL(`../src/${name}.ts`, import.meta.url))]
      const packages = loaded.filter((each) => !each.startsWith('/'))
      expect(packages.filter((each) => !atHand.has(each))).toEqual([])
      expect(loaded.length).toBeGreaterThan(1)
    },
  )

  test('inspect loads neither the network nor tokens', () => {
    const url = new URL('../src/commands/certificate/inspect.ts', import.meta.url)
    const loaded = [...loadedBy(url)]
    expect(loaded).toContain('@mayfly/x509-profiles')
    expect(
      loaded.filter((each) => /jwt-tokens|ca-client|node:(tls|https|crypto)/.test(each)),
    ).toEqual([])
  })
})

/** In Node's snapshot: loading them costs nothing to speak of. */
const atHand: ReadonlySet<string> = new Set(['node:fs', 'node:os', 'node:path'])
