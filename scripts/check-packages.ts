/**
 * Packs each package, judges the tarball (publint, are-the-types-wrong), installs it with npm into an
 * empty folder, type-checks its README example there and runs it.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
}

const root = resolve(import.meta.dirname, '..')
const bin = (name: string): string => resolve(root, 'node_modules/.bin', name)
const folders = readdirSync(join(root, 'packages')).sort()
const scratch = mkdtempSync(join(tmpdir(), 'mayfly-packages-'))

try {
  const tarballs = join(scratch, 'tarballs')
  mkdirSync(tarballs)
  for (const folder of folders) pack(folder, tarballs)
  for (const folder of folders) judge(folder, tarballs)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

function pack(folder: string, tarballs: string): void {
  run('pnpm', ['pack', '--out', tarball(folder, tarballs)], join(root, 'packages', folder))
}

function judge(folder: string, tarballs: string): void {
  const file = tarball(folder, tarballs)
  run(bin('publint'), [file, '--strict'], root)
  run(bin('attw'), [file, '--profile', 'esm-only', '--format', 'ascii'], root)

  const empty = join(scratch, folder)
  mkdirSync(empty)
  writeFileSync(join(empty, 'package.json'), '{ "private": true, "type": "module" }\n')
  const examples = readmeExamples(folder)
  const imported = examples.flatMap(({ code }) => [...code.matchAll(/'@mayfly\/([^/']+)/g)])
  const closure = new Set<string>()
  for (const name of [folder, ...imported.map((match) => match[1] ?? '')]) addClosure(name, closure)
  const needed = [...closure].map((name) => tarball(name, tarballs))
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']
  const others = foreignImports(folder, examples)
  run('npm', ['install', ...quiet, ...needed, ...others, '@types/node@24'], empty)

  for (const { name, code } of examples) writeFileSync(join(empty, name), code)
  const names = examples.map(({ name }) => name)
  const strict = [
    '--noEmit',
    '--strict',
    '--target',
    'es2024',
    '--types',
    'node',
    '--skipLibCheck',
    'false',
  ]
  run(
    bin('tsc'),
    [...strict, '--module', 'nodenext', '--allowImportingTsExtensions', ...names],
    empty,
  )
  for (const name of names) run('node', [name], empty)
  process.stdout.write(
    `packaging: @mayfly/${folder}: ${needed.length} tarballs, ran ${names.join(', ')}\n`,
  )
}

/** What the examples import of others, in the version that the package is developed with. */
function foreignImports(folder: string, examples: readonly { readonly code: string }[]): string[] {
  const code = examples.map((example) => example.code).join('\n')
  const imported = [...code.matchAll(/ from '((?:@[^/']+\/)?[^/'.@]+)/g)].map(
    ([, name = '']) => name,
  )
  const foreign = new Set(
    imported.filter((name) => !name.startsWith('@mayfly/') && !name.startsWith('node:')),
  )
  return [...foreign].map((name) => {
    const at = join(root, 'packages', folder, 'node_modules', name, 'package.json')
    const { version } = JSON.parse(readFileSync(at, 'utf8')) as { version: string }
    return `${name}@${version}`
  })
}

/** Adds the package and all of ours that it needs. */
function addClosure(folder: string, closure: Set<string>): void {
  if (closure.has(folder)) return
  closure.add(folder)
  const text = readFileSync(join(root, 'packages', folder, 'package.json'), 'utf8')
  const manifest = JSON.parse(text) as Manifest
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (name.startsWith('@mayfly/')) addClosure(basename(name), closure)
  }
}

/** The programs of `examples/`, each of which the README shows in full. */
function readmeExamples(folder: string): { readonly name: string; readonly code: string }[] {
  const at = join(root, 'packages', folder)
  const readme = readFileSync(join(at, 'README.md'), 'utf8')
  return readdirSync(join(at, 'examples')).map((name) => {
    const code = readFileSync(join(at, 'examples', name), 'utf8')
    if (!readme.includes(`\`\`\`ts\n${code}\`\`\``)) {
      throw new Error(`packages/${folder}/README.md does not show examples/${name} as it stands`)
    }
    return { name, code }
  })
}

function tarball(folder: string, tarballs: string): string {
  return join(tarballs, `${folder}.tgz`)
}

function run(program: string, argv: readonly string[], cwd: string): void {
  const { status, stdout, stderr } = spawnSync(program, argv, { cwd, encoding: 'utf8' })
  if (status === 0) return
  process.stderr.write(`${stdout}${stderr}`)
  throw new Error(
    `in ${basename(cwd)}: ${basename(program)} ${argv.join(' ')} ended with ${status}`,
  )
}
