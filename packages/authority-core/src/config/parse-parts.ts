import type { CaConfiguration } from './ca-configuration.ts'
import { ConfigurationError, type ConfigurationProblem } from './errors.ts'
import type { JsonObject } from './json.ts'
import { parseJsonObject } from './json-text.ts'
import { parseCaConfiguration } from './parse-ca-configuration.ts'
import { findLocalInRevision, findSharedInFile, joinConfiguration } from './shared-part.ts'

/**
 * Reads a `ca.json` as one instance finds it. Where the shared part is kept in the database, the file must not hold any of
 * it, and what is returned stands at the built-in defaults there.
 *
 * @throws {ConfigurationError} as {@link parseCaConfiguration}.
 */
export function parseFileConfiguration(
  input: unknown,
  options: { source?: string } = {},
): CaConfiguration {
  const configuration = parseCaConfiguration(input, options)
  if (configuration.mayfly.configuration === 'file') return configuration
  const problems = findSharedInFile(configuration.raw)
  if (problems.length > 0) throw new ConfigurationError(problems, options)
  if (configuration.db !== undefined) return configuration
  const reason = 'is missing: a configuration that is kept in the database needs one'
  throw new ConfigurationError([{ path: 'db', reason }], options)
}

/** A revision's document, to be joined with the file of an instance. */
export interface JoinOptions {
  /** As text, or as the parsed value. */
  readonly document: unknown
  /** What the problems of the document are told by, such as `revision 3`. */
  readonly source: string
}

/**
 * Joins the document of a revision with a configuration read by {@link parseFileConfiguration}, and reads the whole by the
 * same rules.
 *
 * @throws {ConfigurationError} which names the revision, or the file for what stands there.
 */
export function parseJoinedConfiguration(
  { raw: local }: Pick<CaConfiguration, 'raw'>,
  { document, source }: JoinOptions,
): CaConfiguration {
  const shared = parseJsonObject(document, { source })
  const misplaced = findLocalInRevision(shared)
  if (misplaced.length > 0) throw new ConfigurationError(misplaced, { source })
  try {
    return parseCaConfiguration(joinConfiguration({ local, shared }))
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error
    throw new ConfigurationError(error.problems, {
      source: sourceOf(error.problems, shared, source),
    })
  }
}

/** The file was proven alone, so its part is at fault only where the problem is not below a member of the revision. */
function sourceOf(
  problems: readonly ConfigurationProblem[],
  shared: JsonObject,
  source: string,
): string {
  const isAllShared = problems.every(({ path }) => {
    const [, name = ''] = /^([\w$-]+)/.exec(path) ?? []
    return Object.hasOwn(shared, name)
  })
  return isAllShared ? source : `ca.json with ${source}`
}
