import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = fileURLToPath(new URL('../../../../', import.meta.url))

const { MAYFLY_VECTORS, CI } = process.env
const folder = resolve(repository, MAYFLY_VECTORS ?? '../shared/vectors')

/** Why tests are skipped where there are no vectors. */
export const missingVectors: string = `public vectors are not at ${folder}; set MAYFLY_VECTORS`

/** `MAYFLY_VECTORS`, else the folder beside the repository; undefined when it is not there. */
export const vectorsFolder: string | undefined = findVectors()

/** Reads one vector file, whose shape the caller vouches for. */
export function loadVectors<Shape>(path: string): Shape {
  if (vectorsFolder === undefined) throw new TypeError('there is no folder of vectors')
  return JSON.parse(readFileSync(resolve(vectorsFolder, path), 'utf8')) as Shape
}

function findVectors(): string | undefined {
  if (existsSync(folder)) return folder
  if (CI !== undefined && CI !== '') throw new Error(missingVectors)
  return undefined
}
