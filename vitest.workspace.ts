import { existsSync, readdirSync } from 'node:fs'

const folders = ['packages', 'apps'].flatMap((group) =>
  readdirSync(new URL(`${group}/`, import.meta.url)).map((name) => ({ group, name })),
)

/** One project a package, named as the package is, so that `--project @mayfly/cli` picks it. */
const projects = [
  ...folders
    .filter(({ group, name }) =>
      existsSync(new URL(`${group}/${name}/package.json`, import.meta.url)),
    )
    .map(({ group, name }) => ({
      extends: true as const,
      test: { name: `@mayfly/${name}`, root: `${group}/${name}`, include: ['test/**/*.test.ts'] },
    })),
  {
    extends: true as const,
    test: { name: 'story', root: 'test', include: ['**/*.test.ts'] },
  },
]

export default projects
