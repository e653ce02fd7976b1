import { existsSync, readdirSync } from 'node:fs'
import type { TestProjectInlineConfiguration } from 'vitest/config'

const folders: readonly { group: string; name: string }[] = ['packages', 'apps'].flatMap((group) =>
  readdirSync(new URL(`${group}/`, import.meta.url)).map((name) => ({ group, name })),
)

/** One project a package, named as the package is, so that `--project @mayfly/cli` picks it. */
const projects: TestProjectInlineConfiguration[] = [
  ...folders
    .filter(({ group, name }) =>
      existsSync(new URL(`${group}/${name}/package.json`, import.meta.url)),
    )
    .map(({ group, name }) => ({
      extends: true,
      test: { name: `@mayfly/${name}`, root: `${group}/${name}`, include: ['test/**/*.test.ts'] },
    })),
  {
    extends: true,
    test: { name: '@mayfly/bench', root: 'bench', include: ['test/**/*.test.ts'] },
  },
  {
    extends: true,
    test: { name: 'story', root: 'test', include: ['**/*.test.ts'] },
  },
]

export default projects
