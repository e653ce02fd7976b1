import {
  type Authority,
  type AuthorityOptions,
  createAuthority,
  type TemplateFile,
} from '@mayfly/authority-core'
import {
  type CaConfiguration,
  ConfigurationError,
  type ConfigurationProblem,
  parseJoinedConfiguration,
} from '@mayfly/authority-core/config'
import { HostError } from './errors.ts'
import { type LocalParts, sharedPartsOf } from './load-authority.ts'
import type { TrustedKeys, VerifiedRevision } from './revisions/revision-chain.ts'

/** What the files of one instance gave, proven. */
export interface LoadedFiles {
  /** Of a shared part that is kept in the database it has the built-in defaults. */
  readonly configuration: CaConfiguration
  readonly parts: LocalParts
  /** Empty where the provisioners are kept in the database: no revision names a file. */
  readonly templateFiles: ReadonlyMap<string, TemplateFile>
  /** Whose revisions are believed; none where the whole configuration is the file's. */
  readonly keys: TrustedKeys
}

/** A whole configuration, and the authority that goes by it. */
export interface InForce {
  readonly configuration: CaConfiguration
  readonly authority: Authority
}

/** What an authority has beside its configuration. */
export type Ambient = Pick<
  AuthorityOptions,
  'store' | 'startedAt' | 'restoredAt' | 'now' | 'random'
>

/**
 * Puts the files of one instance and a revision of what all share together; without a revision the files are all.
 *
 * @throws {HostError} `revision_refused` when the document of the revision cannot be used.
 */
export function assemble(
  files: LoadedFiles,
  verified: VerifiedRevision | undefined,
  ambient: Ambient,
): InForce {
  const configuration =
    verified === undefined ? files.configuration : joinRevision(files.configuration, verified)
  const authority = createAuthority({
    ...files.parts,
    ...sharedPartsOf(configuration, files.templateFiles),
    ...(verified === undefined ? {} : { revision: verified.revision.number }),
    ...ambient,
  })
  return { configuration, authority }
}

/**
 * Joins the file of an instance with a verified revision.
 *
 * @throws {HostError} `revision_refused`.
 */
export function joinRevision(
  file: CaConfiguration,
  { revision: { number, document } }: VerifiedRevision,
): CaConfiguration {
  try {
    const joined = parseJoinedConfiguration(file, { document, source: `revision ${number}` })
    return { ...joined, warnings: mergeWarnings(joined.warnings, file.warnings) }
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause
    throw new HostError('revision_refused', cause.message, {
      cause,
      hint: 'it was made for another version, or not proven: commit one that can be used',
    })
  }
}

/** Joined, the file is read a second time, and warned of again. */
function mergeWarnings(
  ...lists: readonly (readonly ConfigurationProblem[])[]
): readonly ConfigurationProblem[] {
  return [...new Map(lists.flat().map((each) => [`${each.path}: ${each.reason}`, each])).values()]
}
