/** `pnpm bench`: see `arguments.ts` for its options and `README.md` for what the figures mean. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BenchArguments, help, parseArguments } from './arguments.ts'
import { budgetOf, type Work } from './budget.ts'
import { fill } from './bulk/fill.ts'
import { createPopulation } from './bulk/population.ts'
import { issueTemplate } from './bulk/template.ts'
import {
  type DatabaseName,
  type MeasuredDatabase,
  maximumInstancesOn,
  nameDatabase,
} from './database/measured-database.ts'
import { untilIdle } from './database/until-idle.ts'
import { endWith, type OrInterrupted, watchInterruption } from './interruption.ts'
import { createPki } from './pki.ts'
import { formatRows, type Row } from './row.ts'
import { buildServer, type MeasuredServer, startServer } from './server.ts'
import { measureWorks } from './works.ts'

/** What one run of all works came to. */
interface Run {
  readonly rows: readonly Row[]
  readonly note: string
}

try {
  const asked = parseArguments(process.argv.slice(2))
  if (asked === undefined) process.stdout.write(help)
  else await bench(asked)
} catch (error) {
  endWith(error)
}

interface Setting {
  readonly name: DatabaseName
  readonly instances: number
  /** How many certificates the database holds before. */
  readonly rows: number
}

async function bench(asked: BenchArguments): Promise<void> {
  const bundle = mkdtempSync(join(tmpdir(), 'mayfly-bench-server-'))
  const runs: Run[] = []
  const orInterrupted = watchInterruption()
  try {
    const main = buildServer(bundle)
    for (const database of asked.databases) {
      for (const instances of asked.instances) {
        if (instances > maximumInstancesOn(database)) continue
        for (const rows of database === 'none' ? [0] : asked.rows) {
          runs.push(await runOn({ name: database, instances, rows }, main, asked, orInterrupted))
        }
      }
    }
  } finally {
    rmSync(bundle, { recursive: true, force: true })
  }
  const rows = runs.flatMap((run) => run.rows)
  const notes = runs.map(({ note }) => note)
  process.stdout.write(`${formatRows(rows)}${notes.join('\n')}\n`)
  process.stdout.write(`${JSON.stringify({ clients: asked.clients, rows, notes })}\n`)
}

async function runOn(
  { name, instances, rows: before }: Setting,
  main: string,
  asked: BenchArguments,
  orInterrupted: OrInterrupted,
): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-'))
  const servers: MeasuredServer[] = []
  await using database = nameDatabase(name, folder)
  try {
    if (before > 0) await orInterrupted(fillDatabase(database, before))
    const pki = await createPki(folder, { database: database.block, instances })
    for (const { configuration } of pki.instances) {
      servers.push(await startServer(main, configuration, pki.passwordFile))
    }
    const cpu = {
      instances: servers.map(({ cpuMilliseconds }) => cpuMilliseconds),
      database: () => database.cpuMilliseconds(),
    }
    const measured = await orInterrupted(measureWorks(pki, asked, cpu))
    const rows = Object.entries(measured).map(([work, measurement]) => {
      const key = work as Work
      const [loadAverage = Number.NaN] = loadavg()
      return {
        work: key,
        database: name,
        instances,
        rows: before,
        budget: budgetOf(key, name),
        loadAverage,
        ...measurement,
      }
    })
    const note = [`${name}, ${instances} × mayfly-ca, ${before} rows`, ...servers.map(noteOf)]
    await Promise.all(servers.splice(0).map((server) => server.stop()))
    return { rows, note: [...note, ...sizeNote(database, rows, asked)].join('; ') }
  } finally {
    await Promise.all(servers.map((server) => server.stop()))
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Servers go on writing what was filled in: that is waited for. */
async function fillDatabase(database: MeasuredDatabase, rows: number): Promise<void> {
  const population = createPopulation({
    rows,
    certificatesPerKey: 30,
    now: new Date(),
    template: await issueTemplate(),
  })
  {
    await using store = await database.open()
    await fill(store, population, { rows, onProgress: () => undefined })
  }
  await untilIdle(() => database.cpuMilliseconds() ?? 0)
}

function noteOf({ startMilliseconds, memoryMebibytes }: MeasuredServer): string {
  const { now, peak } = memoryMebibytes()
  const memory = `memory ${now.toFixed(0)} MiB, peak ${peak.toFixed(0)} MiB`
  return `start ${startMilliseconds.toFixed(0)} ms, ${memory}`
}

/** Servers keep spare pages, which a few thousand certificates do not outweigh: `pnpm bench:bulk` tells their octets. */
function sizeNote(
  { block }: MeasuredDatabase,
  rows: readonly Row[],
  { clients }: BenchArguments,
): string[] {
  if (block?.type !== 'sqlite') return []
  const before = rows[0]?.rows ?? 0
  const issued = rows.reduce((sum, { requests }) => sum + requests * 1.1, before + clients)
  const octets = statSync(block.dataSource ?? '').size / issued
  return [`${octets.toFixed(0)} bytes a certificate, its spent token and audit row included`]
}
