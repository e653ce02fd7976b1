import type { CaConfiguration } from '@mayfly/authority-core/config'
import type { Store } from '@mayfly/db-adapters'
import type { Certificate } from '@mayfly/x509-profiles'
import { HostError } from '../errors.ts'
import { loadCertificates } from '../load-certificates.ts'
import { loadConfiguration } from '../load-configuration.ts'
import { openDatabase } from '../open-database.ts'
import { openStore, storeOptionsOf } from '../open-store.ts'
import { accountsTable } from './accounts-table.ts'
import { createCertificateJudge } from './certificate-judge.ts'
import { certificatesTable } from './certificates-table.ts'
import { externalAccountKeysTable } from './external-account-keys-table.ts'
import { type HistorySource, historyBeside, historyFrom } from './history-source.ts'
import type { ImportReport, ImportTableReport } from './import-report.ts'
import { startRun } from './import-run.ts'
import { type ImportProgress, importTable, type TableImport } from './import-table.ts'
import { countLeft } from './left-tables.ts'
import { ordersTable } from './orders-table.ts'
import { rehearseImports } from './rehearsed-imports.ts'
import { revocationsTable } from './revocations-table.ts'
import { spentTokensTable } from './spent-tokens-table.ts'

/** What is to be taken over, and where to. */
export interface ImportHistoryOptions {
  /** The `ca.json` whose database takes the data over. */
  readonly configurationPath: string
  /** The `ca.json`, folder or file that has it; by default it lies in the place that the `db` block names. */
  readonly from?: string | undefined
  /** Reads and judges everything, and writes nothing. */
  readonly dryRun?: boolean | undefined
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
  readonly now: () => Date
}

/**
 * Takes over what a step-ca has kept: certificates, revocations, spent tokens, and what its ACME clients rely on. The
 * source is only read.
 *
 * It may be killed at any moment, and goes on where it stood; it may be run again, and adds what has come since. A
 * server may run on the database meanwhile. What is there already stays, but for ACME accounts that were ended since and
 * keys for external accounts that were used since: they end here too.
 *
 * @throws {HostError} `database_unsupported` without a database to take it over; `history_not_found`; `import_overtaken`;
 * of a dry run `database_not_migrated` and `database_restore_unfinished`; and for what is wrong with the configuration
 * and its certificates.
 * @throws {StoreError} when the database cannot be opened or the data not be read.
 */
export async function importHistory(options: ImportHistoryOptions): Promise<ImportReport> {
  const { now, dryRun = false } = options
  const configuration = await loadConfiguration(options.configurationPath)
  const history = await findHistory(configuration, options)
  const judge = createCertificateJudge(await loadIssuers(configuration, history.configuration))
  await using source = await history.open()
  await using store = dryRun
    ? await findTarget(options.configurationPath)
    : await openTarget(configuration)
  const imports = dryRun ? rehearseImports(store?.imports) : persistentImports(store)
  const { description } = source
  const state = await source.stateDigest()
  // Before anything is written: where a table may not be read, it shows here.
  const left = await countLeft(source)
  const run = await startRun(imports, { source: history.key, description, state }, now)
  const { onProgress = () => undefined } = options
  const reading = { source, judge, now: now() }
  const tables = await importTables({ reading, imports, run, onProgress })
  await run.finish()
  return {
    source: description,
    dryRun,
    resumed: run.resumed,
    tables,
    left,
    changed: (await source.stateDigest()) !== state,
  }
}

/** Revocations first: from the first moment on, what was revoked is. */
async function importTables(importing: TableImport): Promise<readonly ImportTableReport[]> {
  return [
    await importTable(revocationsTable, importing),
    await importTable(spentTokensTable, importing),
    await importTable(certificatesTable, importing),
    await importTable(accountsTable, importing),
    await importTable(externalAccountKeysTable, importing),
    await importTable(ordersTable, importing),
  ]
}

/** Data beside our store has a key of its own, by whichever way it is named. */
async function findHistory(
  { db }: CaConfiguration,
  { configurationPath, from, now }: ImportHistoryOptions,
): Promise<HistorySource> {
  const beside = await historyBeside(db, now)
  if (from === undefined) {
    if (beside !== undefined) return beside
    throw new HostError(
      'history_not_found',
      `the db block of ${configurationPath} names no place where step-ca keeps data`,
      { hint: 'name the data with --from: its ca.json, or the folder or file of its database' },
    )
  }
  const named = await historyFrom(from, now)
  return named.place === beside?.place ? { ...named, ...beside } : named
}

async function openTarget(configuration: CaConfiguration): Promise<Store> {
  const options = storeOptionsOf(configuration)
  return openStore(configuration.db, { ...options, dangerouslyDiscardHistory: true })
}

/** Tables of an older version would be brought up to date by opening them to be written. */
async function findTarget(configurationPath: string): Promise<Store | undefined> {
  try {
    return (await openDatabase({ configurationPath })).store
  } catch (error) {
    if (error instanceof HostError && error.code === 'database_missing') return undefined
    throw error
  }
}

function persistentImports(store: Store | undefined): Store['imports'] {
  if (store?.persistent) return store.imports
  throw new HostError('database_unsupported', 'there is no database to import into', {
    hint: 'add "db" to ca.json',
  })
}

/** The certificates of this authority, and those of the other one as far as they are at hand. */
async function loadIssuers(
  configuration: CaConfiguration,
  other: CaConfiguration | undefined,
): Promise<readonly Certificate[]> {
  const own = await Promise.all([
    ...configuration.root.map((path) => loadCertificates(path, { member: 'root' })),
    loadCertificates(configuration.crt, { member: 'crt' }),
  ])
  const paths = other === undefined ? [] : [...other.root, other.crt]
  const others = await Promise.allSettled(paths.map((path) => loadCertificates(path)))
  return [
    ...own.flat(),
    ...others.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])),
  ]
}
