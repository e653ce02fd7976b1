import { defineConfig } from 'vitest/config'
import { ClosingLineReporter } from './scripts/closing-line-reporter.ts'
import projects from './vitest.workspace.ts'

/** The same suite with the stated counts, by hand: tests read MAYFLY_TEST_LONG. */
export default defineConfig({
  test: {
    projects,
    env: { MAYFLY_TEST_LONG: '1' },
    reporters: ['default', new ClosingLineReporter()],
    testTimeout: 1_800_000,
    hookTimeout: 120_000,
  },
})
