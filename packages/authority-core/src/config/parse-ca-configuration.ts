import type { z } from 'zod'
import type { CaConfiguration } from './ca-configuration.ts'
import { caSchema } from './ca-schema.ts'
import { ConfigurationError, type ConfigurationProblem } from './errors.ts'
import { wordIssues } from './issue-words.ts'
import { formatPath } from './json-path.ts'
import { parseJsonObject } from './json-text.ts'
import { findUnknownMembers } from './unknown-members.ts'

/**
 * Reads a whole `ca.json`, given as text or as the parsed value.
 *
 * @throws {ConfigurationError} with the JSON path of each wrong member and the reason.
 */
export function parseCaConfiguration(
  input: unknown,
  options: { source?: string } = {},
): CaConfiguration {
  const raw = parseJsonObject(input, options)
  const outcome = caSchema.safeParse(raw, { error: wordIssues(wayOuts) })
  if (!outcome.success) {
    throw new ConfigurationError(outcome.error.issues.map(toProblem), options)
  }
  const { warnings, ...configuration } = outcome.data
  return { ...configuration, raw, warnings: [...warnings, ...findUnknownMembers(raw)] }
}

function toProblem(issue: z.core.$ZodIssue): ConfigurationProblem {
  return { path: formatPath(issue.path), reason: issue.message }
}

/** What to do about a required member that is missing. */
const wayOuts = new Map([
  ['crt', 'name the file of the issuing certificate'],
  ['key', 'name the file of the issuing key'],
  ['address', 'give host:port, such as ":443"'],
  ['db.type', 'give one such as "sqlite"'],
  ['db.dataSource', 'name the file of the database'],
  ['authority', 'give at least {}'],
])
