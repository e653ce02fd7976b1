/** `pnpm check`: types, lint, layers, dead code, packaging. Every part runs; the exit code tells whether all held. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')

const parts: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'types', command: ['tsc', '--build'] },
  { name: 'lint', command: ['biome', 'ci', '--error-on-warnings'] },
  { name: 'layers', command: ['node', 'scripts/check-layers.ts'] },
  { name: 'dead code', command: ['knip'] },
  { name: 'build', command: ['turbo', 'run', 'build', '--output-logs=errors-only'] },
  { name: 'packaging', command: ['node', 'scripts/check-packages.ts'] },
]

const failed: string[] = []
for (const { name, command } of parts) {
  const [program = '', ...argv] = command
  const started = performance.now()
  const { status } = spawnSync(program, argv, {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      PATH: `${resolve(root, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
      TURBO_TELEMETRY_DISABLED: '1',
    },
  })
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`check: ${name}: ${status === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n`)
  if (status !== 0) failed.push(name)
}
if (failed.length > 0) {
  process.stderr.write(`check: failed: ${failed.join(', ')}\n`)
  process.exitCode = 1
}
