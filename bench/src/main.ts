/**
 * `pnpm bench`: certificates per second, p50 and p99, and the server's processor time per certificate,
 * for sign and renew, on SQLite and without a database. Prints a table and a line of JSON.
 *
 * `pnpm bench --count 500` sets how many certificates each row issues; `--clients 8` how many callers.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createIdentities, type Identity } from './identities.ts'
import { type Measurement, measure, requestsOf } from './load.ts'
import { createPki, type Pki } from './pki.ts'
import { buildServer, type MeasuredServer, startServer } from './server.ts'
import { createTransport, type Transport } from './transport.ts'

interface Row extends Measurement {
  readonly work: string
  readonly store: 'SQLite' | 'none'
  /** CPU milliseconds per certificate, DESIGN's budget on SQLite. */
  readonly budgetMilliseconds: number
}

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '2000' },
    clients: { type: 'string', default: '8' },
  },
})
const count = Number(values.count)
const clients = Number(values.clients)

const rows: Row[] = []
const notes: string[] = []
const bundle = mkdtempSync(join(tmpdir(), 'mayfly-bench-server-'))
const main = buildServer(bundle)
for (const store of ['SQLite', 'none'] as const) {
  const folder = mkdtempSync(join(tmpdir(), 'mayfly-bench-'))
  try {
    const pki = await createPki(folder, { withDatabase: store === 'SQLite' })
    const server = await startServer(main, pki)
    try {
      rows.push(...(await measureStore(store, pki, server)))
      const memory = server.memoryMebibytes()
      notes.push(
        `${store}: start ${server.startMilliseconds.toFixed(0)} ms; memory ${memory.now.toFixed(0)} MiB, peak ${memory.peak.toFixed(0)} MiB`,
      )
    } finally {
      await server.stop()
    }
    if (pki.databaseFile !== undefined) {
      const issued = rows.reduce((sum, row) => sum + requestsOf(row.certificates), clients)
      const bytes = statSync(pki.databaseFile).size / issued
      notes.push(
        `SQLite: ${bytes.toFixed(0)} bytes a certificate, its spent token and audit row included`,
      )
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

rmSync(bundle, { recursive: true, force: true })

printTable(rows)
for (const note of notes) process.stdout.write(`${note}\n`)
process.stdout.write(`${JSON.stringify({ clients, rows, notes })}\n`)

async function measureStore(store: Row['store'], pki: Pki, server: MeasuredServer): Promise<Row[]> {
  const { cpuMilliseconds } = server
  const identities = await createIdentities(clients)
  const identityOf = (client: number): Identity => {
    const identity = identities[client]
    if (identity === undefined) throw new RangeError(`no client ${client}`)
    return identity
  }
  const tokens = await Promise.all(
    Array.from({ length: 2 * requestsOf(count) + clients }, () => pki.createToken()),
  )
  const sign = async (transport: Transport, client: number): Promise<string> => {
    const oneTimeToken = tokens.pop()
    if (oneTimeToken === undefined) throw new RangeError('tokens ran out')
    const body = { csr: identityOf(client).certificationRequest, ott: oneTimeToken }
    const { crt, ca } = await transport.post('/1.0/sign', JSON.stringify(body))
    return `${crt}${ca}`
  }

  const kept = createTransport(pki, { keepAlive: true })
  const keptRow = await measure({
    count,
    clients,
    cpuMilliseconds,
    request: async (_, client) => void (await sign(kept, client)),
  })
  const chains = await Promise.all(identities.map((_, client) => sign(kept, client)))
  kept.close()

  const fresh = createTransport(pki, { keepAlive: false })
  const freshRow = await measure({
    count,
    clients,
    cpuMilliseconds,
    request: async (_, client) => void (await sign(fresh, client)),
  })

  const mutual = identities.map((identity, client) =>
    createTransport(pki, {
      keepAlive: false,
      identity: { chain: chains[client] ?? '', privateKey: identity.privateKey },
    }),
  )
  const renewRow = await measure({
    count,
    clients,
    cpuMilliseconds,
    request: async (_, client) => void (await mutual[client]?.post('/1.0/renew', '')),
  })
  return [
    { work: 'sign, keep-alive', store, budgetMilliseconds: 0.65, ...keptRow },
    { work: 'sign, new TLS connection each', store, budgetMilliseconds: 1.5, ...freshRow },
    { work: 'renew, fresh mutual TLS each', store, budgetMilliseconds: 1.2, ...renewRow },
  ]
}

function printTable(measured: readonly Row[]): void {
  const header = ['work', 'store', 'certificates/s', 'p50 ms', 'p99 ms', 'CPU ms each', 'budget']
  const lines = measured.map((row) => [
    row.work,
    row.store,
    row.perSecond.toFixed(0),
    row.p50Milliseconds.toFixed(1),
    row.p99Milliseconds.toFixed(1),
    row.cpuMillisecondsEach.toFixed(2),
    row.budgetMilliseconds.toFixed(2),
  ])
  const widths = header.map((_, column) =>
    Math.max(...[header, ...lines].map((line) => line[column]?.length ?? 0)),
  )
  for (const line of [header, ...lines]) {
    const cells = line.map((cell, column) => cell.padEnd(widths[column] ?? 0))
    process.stdout.write(`${cells.join('  ').trimEnd()}\n`)
  }
}
