import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Begins with the stories, which mostly wait for the programs that they have started: what computes goes on beside them,
 * and the run does not end with waiting. Chaos, the longest, is the very first.
 */
export class StoriesFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((one, other) => rankOf(one) - rankOf(other))
  }
}

function rankOf({ project, moduleId }: TestSpecification): number {
  if (moduleId.endsWith('/chaos.test.ts')) return 0
  return project.name === 'story' ? 1 : 2
}
