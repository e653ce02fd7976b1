import { createAuthority, type ExplainRequest, type Explanation } from '@mayfly/authority-core'
import type { CaConfiguration } from '@mayfly/authority-core/config'
import { createMemoryStore } from '@mayfly/db-adapters'
import { issuerSignerOf } from './issuer-signer.ts'
import { createKeylessSigner } from './keyless-signer.ts'
import { homeOf, loadConfiguration, loadKeylessParts } from './load-authority.ts'
import { openExistingStore, storeOptionsOf } from './open-store.ts'

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
  const configuration = await loadConfiguration(configurationPath)
  const homePath = homeOf(configurationPath)
  const { certificate, parts } = await loadKeylessParts(configuration, { homePath, now: now() })
  const store =
    (await openExistingStore(configuration.db, storeOptionsOf(configuration))) ??
    createMemoryStore()
  const authority = createAuthority({
    ...parts,
    issuer: { certificate, signer: issuerSignerOf(createKeylessSigner(certificate), certificate) },
    store,
    // The memory that counts is the server's, which began nobody knows when.
    startedAt: new Date(0),
    now,
    random,
  })
  return {
    configuration,
    explain: (request) => authority.explain(request),
    [Symbol.asyncDispose]: () => store.close(),
  }
}
