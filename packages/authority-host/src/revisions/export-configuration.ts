import { type JsonObject, joinConfiguration } from '@mayfly/authority-core/config'
import { HostError } from '../errors.ts'
import { openSharedConfiguration } from './open-shared-configuration.ts'
import type { OpenSharedConfigurationOptions, TrustedRevision } from './shared-configuration.ts'

/** Which revision is to be exported. */
export interface ExportConfigurationOptions extends OpenSharedConfigurationOptions {
  /** The newest where it is left out. */
  readonly number?: number
}

/** A revision as documents to be written to files. */
export interface ExportedConfiguration {
  readonly revision: TrustedRevision
  /** A whole `ca.json`, which a server can run by without the revisions. */
  readonly whole: JsonObject
  /** The shared part alone, as the revision holds it. */
  readonly shared: JsonObject
}

/**
 * Reads a revision of the shared configuration, and joins it with the file of this instance.
 *
 * @throws {HostError} `revision_missing`, and what {@link openSharedConfiguration} throws.
 * @throws {StoreError}
 */
export async function exportConfiguration(
  options: ExportConfigurationOptions,
): Promise<ExportedConfiguration> {
  await using configuration = await openSharedConfiguration(options)
  const { number } = options
  const revision = await (number === undefined
    ? configuration.current()
    : configuration.revision(number))
  if (revision === undefined) {
    const which = number === undefined ? 'no revision' : `no revision ${number}`
    throw new HostError('revision_missing', `the database holds ${which} of the configuration`, {
      hint: "'mayfly ca config history' lists them, 'mayfly ca config import' makes the first",
    })
  }
  const { raw: local } = configuration.local
  const joined = joinConfiguration({ local, shared: revision.document })
  const whole = joinConfiguration({
    local: joined,
    shared: { mayfly: { configuration: 'file' } },
  })
  return { revision, whole, shared: revision.document }
}
