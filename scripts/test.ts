import { spawnSync } from 'node:child_process'

/** Builds the bundles that tests start, unless they are built, and runs the suite; arguments are vitest's. */
const programs = ['@mayfly/cli', '@mayfly/ca-server'].map((name) => `--filter=${name}`)
run('turbo', ['run', 'build', '--output-logs=errors-only', ...programs])
run('vitest', ['run', ...process.argv.slice(2)])

function run(program: string, argv: readonly string[]): void {
  const env = { ...process.env, MAYFLY_TEST_PROGRAMS: 'bundles', TURBO_TELEMETRY_DISABLED: '1' }
  const { status, error } = spawnSync(program, argv, { stdio: 'inherit', env })
  if (error !== undefined) throw error
  if (status !== 0) process.exit(status ?? 1)
}
