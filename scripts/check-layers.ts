/** Holds the table of ARCHITECTURE.md: who may import whom. Prints each breach and exits 1 if there is one. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'

interface Layer {
  /** Packages whose values and types may be imported. */
  readonly values: readonly string[]
  /** Packages of which only types may be imported. */
  readonly types?: readonly string[]
}

interface Import {
  readonly file: string
  readonly line: number
  readonly specifier: string
  readonly isTypeOnly: boolean
}

const root = resolve(import.meta.dirname, '..')
const leaves = ['x509-profiles', 'jwt-tokens', 'keystore-hsm', 'db-adapters', 'go-template']

const layers: Readonly<Record<string, Layer>> = {
  'packages/x509-profiles': { values: [] },
  'packages/jwt-tokens': { values: [] },
  'packages/keystore-hsm': { values: [] },
  'packages/db-adapters': { values: [] },
  'packages/go-template': { values: [] },
  'packages/authority-core': {
    values: ['x509-profiles', 'jwt-tokens', 'go-template'],
    types: ['keystore-hsm', 'db-adapters'],
  },
  'packages/acme-protocol': {
    values: ['x509-profiles', 'jwt-tokens'],
    types: ['db-adapters'],
  },
  'packages/ca-client': { values: ['x509-profiles', 'jwt-tokens'] },
  'packages/authority-host': { values: ['authority-core', ...leaves] },
  'packages/renew-scheduler': { values: ['x509-profiles', 'keystore-hsm', 'ca-client'] },
  'apps/ca-server': {
    values: ['authority-core', 'authority-host', 'ca-client', 'renew-scheduler', ...leaves],
  },
  'apps/cli': {
    values: ['authority-core', 'authority-host', 'ca-client', 'renew-scheduler', ...leaves],
  },
}

const breaches = Object.entries(layers).flatMap(([folder, layer]) =>
  importsOf(folder).flatMap((found) => {
    const reason = breachOf(folder, layer, found)
    return reason === undefined ? [] : [`${found.file}:${found.line}: ${reason}`]
  }),
)

const unlisted = globSync('{packages,apps}/*/package.json', { cwd: root })
  .map(dirname)
  .filter((folder) => !Object.hasOwn(layers, folder))
  .map((folder) => `${folder}: is in no layer; give it a row in scripts/check-layers.ts`)

const ambient = Object.keys(layers).flatMap(ambientUses)

for (const line of [...breaches, ...unlisted, ...ambient]) process.stderr.write(`${line}\n`)
if (breaches.length + unlisted.length + ambient.length > 0) process.exitCode = 1
else process.stdout.write(`layers: ${Object.keys(layers).length} packages, arrows point down\n`)

function breachOf(folder: string, layer: Layer, found: Import): string | undefined {
  const { specifier } = found
  if (specifier.startsWith('.')) {
    const target = relative(resolve(root, folder), resolve(root, dirname(found.file), specifier))
    return target.startsWith('..') ? `'${specifier}' leaves the package` : undefined
  }
  const name = /^@mayfly\/([^/]+)/.exec(specifier)?.[1]
  if (name === undefined || layer.values.includes(name)) return undefined
  if (layer.types?.includes(name)) {
    return found.isTypeOnly ? undefined : `may import only types of @mayfly/${name}`
  }
  return `may not import @mayfly/${name}`
}

function importsOf(folder: string): Import[] {
  return globSync(`${folder}/src/**/*.ts`, { cwd: root }).flatMap((file) => {
    const text = readFileSync(resolve(root, file), 'utf8')
    const statements = text.matchAll(
      /^\s*(?:import|export)\s+(type\s)?[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)|^import\s+'([^']+)'/gm,
    )
    return [...statements].map((match) => ({
      file,
      line: text.slice(0, match.index).split('\n').length,
      specifier: match[2] ?? match[3] ?? match[4] ?? '',
      isTypeOnly: match[1] !== undefined,
    }))
  })
}

/** The clock, chance and the environment come in as arguments; only the edges may reach for them. */
function ambientUses(folder: string): string[] {
  if (folder === 'packages/authority-host') return []
  return globSync(`${folder}/src/**/*.ts`, { cwd: root })
    .filter((file) => !/^apps\/[^/]+\/src\/main\.ts$|\/src\/system-clock\.ts$/.test(file))
    .flatMap((file) =>
      readFileSync(resolve(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) => {
          const use = /Date\.now\(|new Date\(\)|Math\.random\(|process\.env\b/.exec(line)?.[0]
          const isComment = /^\s*(\*|\/\/|\/\*)/.test(line)
          return use === undefined || isComment
            ? []
            : [`${file}:${index + 1}: ${use}…: hand the clock, chance and environment in`]
        }),
    )
}
