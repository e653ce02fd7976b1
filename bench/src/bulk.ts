/** `pnpm bench:bulk`: see `help` for its options. */
import { parseArgs } from 'node:util'
import { parseCount } from './arguments.ts'
import { fill, proveSome } from './bulk/fill.ts'
import { createPopulation } from './bulk/population.ts'
import { issueTemplate } from './bulk/template.ts'
import { nameStoreDatabase, type Size, storeNames } from './database/store-database.ts'
import { endWith } from './interruption.ts'
import { formatTable } from './table.ts'

const help = `usage: pnpm bench:bulk --db NAME [options]

Fills a store with certificates such as a fleet leaves behind in 91 days: of a day each, renewed at two thirds, their
predecessors in a chain, a one-time token for the first of each key, an audit entry for each. Run again, it goes on where it
ended. Prints what the tables take. The store is kept: drop the database, or delete the file, by hand.

  --db NAME                  sqlite, mysql or postgresql
  --rows N                   certificates in all (1000000)
  --name NAME                the database; for SQLite a file NAME.sqlite (mayfly_bulk)
  --folder FOLDER            where that file is (.)
  --certificates-per-key N   first issues with a token are 1 in N (30)
  --random-serials           let serial numbers be random all over, instead of beginning with the time
  --help                     print this
`

try {
  await main(process.argv.slice(2))
} catch (error) {
  endWith(error)
}

async function main(argv: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      db: { type: 'string' },
      rows: { type: 'string', default: '1000000' },
      name: { type: 'string', default: 'mayfly_bulk' },
      folder: { type: 'string', default: '.' },
      'certificates-per-key': { type: 'string', default: '30' },
      'random-serials': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return
  }
  const db = storeNames.find((each) => each === values.db)
  if (db === undefined) throw new TypeError(`--db ${values.db}: write ${storeNames.join(', ')}`)
  const rows = parseCount('--rows', values.rows)
  const population = createPopulation({
    rows,
    hasRandomSerials: values['random-serials'],
    certificatesPerKey: parseCount('--certificates-per-key', values['certificates-per-key']),
    now: new Date(),
    template: await issueTemplate(),
  })
  const database = nameStoreDatabase(db, {
    called: values.name,
    folder: values.folder,
    isKept: true,
  })
  const started = performance.now()
  const store = await database.open({ dangerouslyAllowUnsyncedCommits: true })
  try {
    const from = await fill(store, population, { rows, onProgress: createProgress(rows) })
    await proveSome(store, population, { from, to: rows })
  } finally {
    await store.close()
  }
  const seconds = (performance.now() - started) / 1000
  process.stdout.write(`${db}: ${rows} certificates, ${seconds.toFixed(0)} s\n`)
  const sizes = await database.sizes()
  process.stdout.write(describeSizes(sizes, rows))
  process.stdout.write(`${JSON.stringify({ db, rows, seconds: Math.round(seconds), sizes })}\n`)
}

function describeSizes(sizes: readonly Size[], rows: number): string {
  const each = (list: readonly Size[]): string =>
    (list.reduce((sum, { octets }) => sum + octets, 0) / rows).toFixed(0)
  const isAudit = ({ table }: Size): boolean => table === 'audit'
  return formatTable([
    ['table', 'index', 'octets a certificate'],
    ...sizes.map((size) => [size.table, size.index, each([size])]),
    ['all', 'without audit', each(sizes.filter((size) => !isAudit(size)))],
    ['audit', '', each(sizes.filter(isAudit))],
  ])
}

/** Tells every few seconds how far it is. */
function createProgress(rows: number): (done: number) => void {
  const started = performance.now()
  let told = started
  let first: number | undefined
  return (done) => {
    first ??= done
    const now = performance.now()
    if (now - told < 5000) return
    told = now
    const perSecond = ((done - first) / (now - started)) * 1000
    const percent = ((done / rows) * 100).toFixed(0)
    process.stderr.write(`${done} of ${rows} (${percent} %), ${perSecond.toFixed(0)} a second\n`)
  }
}
