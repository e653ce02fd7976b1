import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** Says why tests were skipped, and ends the run with `N passed, N failed, N skipped`. */
export class ClosingLineReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const cases = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state: string): TestCase[] =>
      cases.filter((test) => test.result().state === state)
    const skipped = inState('skipped')
    for (const test of skipped) {
      const result = test.result()
      const note = result.state === 'skipped' ? result.note : undefined
      process.stdout.write(`skipped: ${test.fullName}: ${note ?? 'no reason given'}\n`)
    }
    // A file that could not be loaded holds no test, and an error outside any test fails the run.
    const brokenModules = modules.filter(
      (module) => module.state() === 'failed' && module.children.allTests().next().done === true,
    )
    const failed = inState('failed').length + brokenModules.length + unhandledErrors.length
    process.stdout.write(
      `${inState('passed').length} passed, ${failed} failed, ${skipped.length} skipped\n`,
    )
  }
}
