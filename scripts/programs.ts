import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const isBundled = process.env.MAYFLY_TEST_PROGRAMS === 'bundles'

/**
 * The programs that tests start: the sources; the bundles, as users get them, where the suite has built these
 * (`scripts/test.ts`), since they start in a third of the time.
 */
export const mayflyPath: string = resolve(
  root,
  isBundled ? 'apps/cli/dist/mayfly.mjs' : 'apps/cli/src/main.ts',
)
export const mayflyCaPath: string = resolve(
  root,
  isBundled ? 'apps/ca-server/dist/mayfly-ca.mjs' : 'apps/ca-server/src/main.ts',
)
