import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { ClosingLineReporter } from './scripts/closing-line-reporter.ts'
import { StoriesFirstSequencer } from './scripts/stories-first-sequencer.ts'
import projects from './vitest.workspace.ts'

const threadPath = 'packages/db-adapters/src/sqlite/writer-thread.ts'

/** Where the suite has built the bundles, stores start the thread of one of them: it loads in a quarter of the time. */
const bundledWriter = {
  name: 'bundled-writer',
  enforce: 'pre' as const,
  transform(code: string, id: string): string | undefined {
    if (process.env.MAYFLY_TEST_PROGRAMS !== 'bundles' || !id.endsWith(threadPath)) return undefined
    const bundle = resolve(import.meta.dirname, 'apps/ca-server/dist/sqlite-writer.mjs')
    return code.replace(
      /new URL\(`.\/sqlite-writer[^\n]*/,
      `new URL(${JSON.stringify(`file://${bundle}`)})`,
    )
  },
}

export default defineConfig({
  plugins: [bundledWriter],
  test: {
    projects,
    passWithNoTests: true,
    // Many tests wait for the programs that they have started.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: StoriesFirstSequencer },
    // The programs that tests start find their sources compiled.
    env: { NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'node_modules/.cache/node') },
    reporters: ['default', new ClosingLineReporter()],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
