import {
  type DatabaseView,
  findConfigurationRefusal,
  isHistoryImported,
  makeDatabase,
} from '@mayfly/authority-host'
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
  /** What keeps a server from starting on it, or from being ready, and the way out where one is known. */
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
  const opened = isOpen
    ? await lookInside(view, { configurationPath, now })
    : await lookOutside(view, configurationPath)
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
  const refusal = await findConfigurationRefusal(view.configuration, { configurationPath, store })
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
      ...(refusal === undefined ? [] : [withHint(refusal)]),
    ],
  }
}

/** Where there are no tables there is no revision; of those that are not up to date nothing is known. */
async function lookOutside(
  { configuration, status }: DatabaseView,
  configurationPath: string,
): Promise<Inside> {
  if (status !== undefined && status.migrations.executed.length > 0) return nothing
  const refusal = await findConfigurationRefusal(configuration, { configurationPath })
  return { ...nothing, problems: refusal === undefined ? [] : [withHint(refusal)] }
}

function withHint({ message, hint }: { message: string; hint: string | undefined }): string {
  return hint === undefined ? message : `${message} (${hint})`
}

function problemsOf(
  { status }: DatabaseView,
  clockOffsetSeconds: number | undefined,
): readonly string[] {
  if (status === undefined) return []
  const { refusal, migrations } = status
  return [
    ...(refusal === undefined ? [] : [withHint(refusal)]),
    ...(migrations.unknown.length === 0
      ? []
      : [`it was changed by a newer version (${migrations.unknown.join(', ')})`]),
    ...(Math.abs(clockOffsetSeconds ?? 0) > farSeconds
      ? ["its clock and this machine's are too far apart for a server to be ready"]
      : []),
  ]
}

const farSeconds = 30
