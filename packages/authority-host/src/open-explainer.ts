import { createAuthority, type ExplainRequest, type Explanation } from '@mayfly/authority-core'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import { createMemoryStore } from '@mayfly/db-adapters'
import { type EffectiveConfiguration, joinCurrentRevision } from './effective-configuration.ts'
import { issuerSignerOf } from './issuer-signer.ts'
import { createKeylessSigner } from './keyless-signer.ts'
import { loadKeylessParts, sharedPartsOf } from './load-authority.ts'
import { homeOf, loadConfiguration } from './load-configuration.ts'
import { openExistingStore, storeOptionsOf } from './open-store.ts'
import { findRestoredAt } from './restore-check.ts'
import { loadTemplateFiles } from './template-files.ts'

/** Where an explainer is opened from. */
export interface OpenExplainerOptions {
  /** The `ca.json`. Relative names in it are relative to the working directory. */
  readonly configurationPath: string
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
}

/** An authority that only says what it would do. */
export interface Explainer extends AsyncDisposable {
  readonly configuration: CaConfiguration
  /** As {@link Authority.explain}. */
  explain(request: ExplainRequest): Promise<Explanation>
}

/**
 * Opens the authority that a `ca.json` describes for explaining: its key is not read, so no password is needed and nothing
 * can be signed. A database that does not exist yet is not made; where there is none, nothing is known of spent tokens.
 *
 * @throws {HostError} for what is wrong with the files.
 * @throws {StoreError} when the database cannot be opened.
 */
export async function openExplainer({
  configurationPath,
  now,
  random,
}: OpenExplainerOptions): Promise<Explainer> {
  const file = await loadConfiguration(configurationPath)
  const { certificate, parts } = await loadKeylessParts(file, { now: now() })
  const store = (await openExistingStore(file.db, storeOptionsOf(file))) ?? createMemoryStore()
  const { configuration, restoredAt } = await loadSharedOrClose()

  async function loadSharedOrClose(): Promise<EffectiveConfiguration & { restoredAt?: Date }> {
    try {
      const restoredAt = await findRestoredAt(store)
      const effective = await joinCurrentRevision(file, { configurationPath, store })
      return { ...effective, ...(restoredAt && { restoredAt }) }
    } catch (error) {
      await store.close()
      throw error
    }
  }

  const templateFiles = await loadTemplateFiles(configuration, homeOf(configurationPath))
  const authority = createAuthority({
    ...parts,
    ...sharedPartsOf(configuration, templateFiles),
    issuer: { certificate, signer: issuerSignerOf(createKeylessSigner(certificate), certificate) },
    store,
    // The memory that counts is the server's, which began nobody knows when.
    startedAt: new Date(0),
    ...(restoredAt && { restoredAt }),
    now,
    random,
  })
  return {
    configuration,
    explain: (request) => authority.explain(request),
    [Symbol.asyncDispose]: () => store.close(),
  }
}
