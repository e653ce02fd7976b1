import { type DatabaseView, isHistoryImported, makeDatabase } from '@mayfly/authority-host'
import type { Lease, RestoreMark } from './store-types.ts'

/** How a database stands, and whether a server can work on it. */
export interface StatusReport {
  readonly kind: string
  readonly address: string | undefined
  readonly reachable: boolean
  readonly version: string | undefined
  readonly latencyMilliseconds: number | undefined
  /** How far the database's clock is ahead of this machine's; a database in a file has no other clock. */
  readonly clockOffsetSeconds: number | undefined
  readonly settings: Readonly<Record<string, string>>
  readonly migrations: { readonly executed: readonly string[]; readonly pending: readonly string[] }
  readonly configuration: {
    readonly kept: 'file' | 'database'
    readonly revision: number | undefined
  }
  readonly leases: readonly Lease[]
  readonly restore: RestoreMark | undefined
  readonly history: { readonly found: string; readonly imported: boolean } | undefined
  /** What keeps a server from starting on it, or from being ready. */
  readonly problems: readonly string[]
  readonly ready: boolean
}

/** Looks at a database that answers. Opens it, too, where that changes nothing. */
export async function reportStatus(
  view: DatabaseView,
  { configurationPath, now }: { readonly configurationPath: string; readonly now: () => Date },
): Promise<StatusReport> {
  const { configuration, kind, status } = view
  const isOpen =
    status !== undefined &&
    status.migrations.executed.length > 0 &&
    status.migrations.pending.length === 0 &&
    status.migrations.unknown.length === 0 &&
    status.refusal === undefined
  const opened = isOpen ? await lookInside(view, { configurationPath, now }) : nothing
  const clockOffsetSeconds = kind === 'sqlite' ? undefined : opened.clockOffsetSeconds
  const history =
    view.history === undefined ? undefined : { found: view.history, imported: opened.isImported }
  const problems = [...problemsOf(view, clockOffsetSeconds), ...opened.problems]
  if (history !== undefined && !history.imported) {
    problems.push(`${history.found} holds data of step-ca that was not imported`)
  }
  return {
    kind,
    address: status?.address,
    reachable: true,
    version: status?.version,
    latencyMilliseconds: status && Math.round(status.latencyMilliseconds * 100) / 100,
    clockOffsetSeconds,
    settings: status?.settings ?? {},
    migrations: {
      executed: status?.migrations.executed ?? [],
      pending: status?.migrations.pending ?? [],
    },
    configuration: { kept: configuration.mayfly.configuration, revision: opened.revision },
    leases: opened.leases,
    restore: opened.restore,
    history,
    problems,
    ready: problems.length === 0,
  }
}

interface Inside {
  readonly clockOffsetSeconds: number | undefined
  readonly revision: number | undefined
  readonly leases: readonly Lease[]
  readonly restore: RestoreMark | undefined
  readonly isImported: boolean
  readonly problems: readonly string[]
}

const nothing: Inside = {
  clockOffsetSeconds: undefined,
  revision: undefined,
  leases: [],
  restore: undefined,
  isImported: false,
  problems: [],
}

async function lookInside(
  view: DatabaseView,
  { configurationPath, now }: { readonly configurationPath: string; readonly now: () => Date },
): Promise<Inside> {
  await using database = await makeDatabase({ configurationPath, leaveHistory: true })
  const { store } = database
  const number = await store.revisions.findCurrentNumber()
  const clock = await store.readClock()
  const offsetMilliseconds = clock.getTime() - now().getTime()
  const restore = await store.backups.findRestore()
  const unfinished = await store.imports.listUnfinished()
  const isShared = view.configuration.mayfly.configuration === 'database'
  return {
    clockOffsetSeconds: Math.round(offsetMilliseconds / 100) / 10,
    revision: number === 0 ? undefined : number,
    leases: await store.leases.listLeases(),
    restore,
    isImported: view.history !== undefined && (await isHistoryImported(database, view.history)),
    problems: [
      ...(restore !== undefined && restore.finishedAt === undefined
        ? ['it holds a part of a backup, whose restore has not ended']
        : []),
      ...unfinished.map(
        ({ description }) =>
          `the import from ${description} has not ended: some of what it revoked may still be good here`,
      ),
      ...(isShared && number === 0 ? [noRevision] : []),
    ],
  }
}

function problemsOf(
  { configuration, status }: DatabaseView,
  clockOffsetSeconds: number | undefined,
): readonly string[] {
  if (status === undefined) {
    return configuration.mayfly.configuration === 'database' ? [noRevision] : []
  }
  const { refusal, migrations } = status
  return [
    ...(refusal === undefined ? [] : [refusal.message]),
    ...(migrations.unknown.length === 0
      ? []
      : [`it was changed by a newer version (${migrations.unknown.join(', ')})`]),
    ...(Math.abs(clockOffsetSeconds ?? 0) > farSeconds
      ? ["its clock and this machine's are too far apart for a server to be ready"]
      : []),
  ]
}

const noRevision = 'it holds no revision of the configuration'
const farSeconds = 30
