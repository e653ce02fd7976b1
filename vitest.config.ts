import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'
import { ClosingLineReporter } from './scripts/closing-line-reporter.ts'
import { StoriesFirstSequencer } from './scripts/stories-first-sequencer.ts'
import projects from './vitest.workspace.ts'

export default defineConfig({
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
