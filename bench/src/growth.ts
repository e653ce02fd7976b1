/** `pnpm bench:growth`: see `help` for its options. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { parseCount, split } from './arguments.ts'
import { fill } from './bulk/fill.ts'
import { createPopulation } from './bulk/population.ts'
import { issueTemplate } from './bulk/template.ts'
import {
  nameStoreDatabase,
  type StoreDatabase,
  type StoreName,
  storeNames,
} from './database/store-database.ts'
import { untilIdle } from './database/until-idle.ts'
import { type FilledStore, type Operation, operations } from './growth/operations.ts'
import { endWith, watchInterruption } from './interruption.ts'
import { formatTable } from './table.ts'

const help = `usage: pnpm bench:growth [options]

Measures what a store takes for one operation when it holds few certificates and when it holds many, in turns, so that
what else the machine does falls on all of them alike.

  --db NAME       sqlite, mysql or postgresql; several, or separated by commas (all)
  --rows N        certificates in a store; several, or separated by commas (1000,100000,1000000)
  --count N       operations of each kind in a round (1000)
  --rounds N      rounds (5)
  --clients N     callers side by side (8)
  --keep FOLDER   keep the stores for the next time: the files in this folder, the databases as mayfly_growth_N
                  (mayfly_random_N)
  --random-serials
                  let serial numbers be random all over, instead of beginning with the time
  --help          print this
`

/** What was used for some operations of a kind on one store. */
interface Usage {
  operations: number
  appMilliseconds: number
  databaseMilliseconds: number | undefined
  readonly latencies: number[]
}

interface Sized extends FilledStore {
  readonly database: StoreDatabase
  readonly usage: Map<string, Usage>
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  endWith(error)
}

async function main(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      db: { type: 'string', multiple: true, default: [...storeNames] },
      rows: { type: 'string', multiple: true, default: ['1000,100000,1000000'] },
      count: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '5' },
      clients: { type: 'string', default: '8' },
      keep: { type: 'string' },
      'random-serials': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const sizes = split(values.rows).map((text) => parseCount('--rows', text))
  const extent = {
    count: parseCount('--count', values.count),
    rounds: parseCount('--rounds', values.rounds),
    clients: parseCount('--clients', values.clients),
  }
  for (const name of split(values.db)) {
    const db = storeNames.find((each) => each === name)
    if (db === undefined) throw new TypeError(`--db ${name}: write ${storeNames.join(', ')}`)
    const folder = values.keep ?? mkdtempSync(join(tmpdir(), 'mayfly-growth-'))
    try {
      await measureGrowth(db, sizes, extent, {
        folder,
        keep: values.keep !== undefined,
        hasRandomSerials: values['random-serials'],
      })
    } finally {
      if (values.keep === undefined) rmSync(folder, { recursive: true, force: true })
    }
  }
}

/** How stores are filled, and whether they stay. */
interface Filling {
  readonly folder: string
  readonly keep: boolean
  readonly hasRandomSerials: boolean
}

async function measureGrowth(
  db: StoreName,
  sizes: readonly number[],
  extent: { readonly count: number; readonly rounds: number; readonly clients: number },
  filling: Filling,
): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const orInterrupted = watchInterruption()
  const stores: Sized[] = []
  for (const rows of sizes) {
    stores.push(await orInterrupted(openFilled(db, rows, stack, filling)))
  }
  await untilIdle(() => stores[0]?.database.cpuMilliseconds() ?? 0)
  const alone = operations.filter(({ isAlone }) => isAlone)
  const beside = operations.filter(({ isAlone }) => !isAlone)
  for (const store of stores) {
    for (const operation of beside) await orInterrupted(measure(store, operation, extent))
  }
  for (const { usage } of stores) usage.clear()
  for (const group of [beside, alone]) {
    for (let round = 0; round < extent.rounds; round++) {
      for (const operation of group) {
        for (const store of stores) await orInterrupted(measure(store, operation, extent))
      }
    }
  }
  process.stdout.write(describe(db, stores))
}

async function openFilled(
  db: StoreName,
  rows: number,
  stack: AsyncDisposableStack,
  { folder, keep, hasRandomSerials }: Filling,
): Promise<Sized> {
  const called = `mayfly_${hasRandomSerials ? 'random' : 'growth'}_${rows}`
  const database = nameStoreDatabase(db, { called, folder, isKept: keep })
  stack.use(database)
  const population = createPopulation({
    rows,
    certificatesPerKey: 30,
    hasRandomSerials,
    now: new Date(),
    template: await issueTemplate(),
  })
  const filling = await database.open({ dangerouslyAllowUnsyncedCommits: true })
  try {
    await fill(filling, population, { rows, onProgress: () => undefined })
  } finally {
    await filling.close()
  }
  // Synced, as in operation.
  const store = stack.use(await database.open({}))
  let number = Date.now() * 16
  const next = (): number => {
    number += 1
    return number
  }
  return { database, store, population, rows, next, usage: new Map() }
}

async function measure(
  store: Sized,
  operation: Operation,
  { count, clients }: { readonly count: number; readonly clients: number },
): Promise<void> {
  const usage = store.usage.get(operation.name) ?? {
    operations: 0,
    appMilliseconds: 0,
    databaseMilliseconds: 0,
    latencies: [],
  }
  store.usage.set(operation.name, usage)
  const wanted = Math.max(1, Math.round(count * operation.share))
  const prepared: (() => Promise<void>)[] = []
  for (let index = 0; index < wanted; index++) {
    const run = await operation.prepare(store)
    if (run) prepared.push(run)
  }
  usage.operations += prepared.length
  const databaseBefore = store.database.cpuMilliseconds()
  const appBefore = process.cpuUsage()
  const one = async (): Promise<void> => {
    for (let run = prepared.pop(); run !== undefined; run = prepared.pop()) {
      const started = performance.now()
      await run()
      usage.latencies.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: operation.isAlone ? 1 : clients }, one))
  const { user, system } = process.cpuUsage(appBefore)
  const databaseAfter = store.database.cpuMilliseconds()
  usage.appMilliseconds += (user + system) / 1000
  usage.databaseMilliseconds =
    databaseBefore === undefined ||
    databaseAfter === undefined ||
    usage.databaseMilliseconds === undefined
      ? undefined
      : usage.databaseMilliseconds + databaseAfter - databaseBefore
}

function describe(db: StoreName, stores: readonly Sized[]): string {
  const rows = operations.flatMap(({ name }) =>
    stores.flatMap((store) => {
      const usage = store.usage.get(name)
      const base = stores[0]?.usage.get(name)
      if (usage === undefined || base === undefined) return []
      const { app, database } = eachOf(usage)
      return [
        {
          db,
          operation: name,
          rows: store.rows,
          p50Milliseconds: median(usage.latencies),
          appMilliseconds: app,
          databaseMilliseconds: database,
          growth: sumOf(usage) / sumOf(base) - 1,
        },
      ]
    }),
  )
  const header = [
    'database',
    'operation',
    'rows',
    'p50 ms',
    'app CPU ms',
    'database CPU ms',
    'growth of both',
  ]
  const lines = rows.map((row) => [
    row.db,
    row.operation,
    String(row.rows),
    row.p50Milliseconds.toFixed(2),
    row.appMilliseconds.toFixed(3),
    row.databaseMilliseconds?.toFixed(3) ?? '–',
    `${(row.growth * 100).toFixed(0)} %`,
  ])
  return `${formatTable([header, ...lines])}${JSON.stringify({ rows })}\n`
}

function eachOf(usage: Usage): { app: number; database: number | undefined } {
  const { operations: count, appMilliseconds, databaseMilliseconds } = usage
  return {
    app: appMilliseconds / count,
    database: databaseMilliseconds === undefined ? undefined : databaseMilliseconds / count,
  }
}

function sumOf(usage: Usage): number {
  const { app, database } = eachOf(usage)
  return app + (database ?? 0)
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
