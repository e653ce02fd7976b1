/** What a run of many requests came to. */
export interface Measurement {
  readonly requests: number
  readonly failed: number
  readonly perSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  /** By instance: processor time per certificate that it issued. */
  readonly cpuMillisecondsEach: readonly number[]
  /** Processor time of the database server per certificate; `undefined` where it cannot be seen. */
  readonly databaseCpuMillisecondsEach: number | undefined
}

/** Processor time used so far, in milliseconds. */
export interface CpuMeters {
  readonly instances: readonly (() => number)[]
  readonly database: () => number | undefined
}

export interface MeasureOptions {
  readonly count: number
  readonly clients: number
  readonly cpu: CpuMeters
  /** Client `n` asks instance `n` modulo their number. */
  readonly request: (client: number) => Promise<void>
}

/**
 * Sends `count` requests from `clients` callers side by side, each sending its next when the last is answered.
 *
 * The first tenth warms up and is not counted, except for its failures.
 */
export async function measure(options: MeasureOptions): Promise<Measurement> {
  const { cpu, count } = options
  const warmUp = await inParallel(warmUpOf(count), options)
  const before = read(cpu)
  const started = performance.now()
  const { answers, failed } = await inParallel(count, options)
  const seconds = (performance.now() - started) / 1000
  const after = read(cpu)
  const latencies = answers.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b)
  const quantile = (q: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? Number.NaN
  return {
    requests: count,
    failed: failed + warmUp.failed,
    perSecond: answers.length / seconds,
    p50Milliseconds: quantile(0.5),
    p99Milliseconds: quantile(0.99),
    cpuMillisecondsEach: after.instances.map((milliseconds, instance) => {
      const issued = answers.filter(({ client }) => client % after.instances.length === instance)
      return (milliseconds - (before.instances[instance] ?? 0)) / issued.length
    }),
    databaseCpuMillisecondsEach:
      before.database === undefined || after.database === undefined
        ? undefined
        : (after.database - before.database) / answers.length,
  }
}

/** How many requests {@link measure} sends in all, the warm-up included. */
export function requestsOf(count: number): number {
  return count + warmUpOf(count)
}

function warmUpOf(count: number): number {
  return Math.ceil(count / 10)
}

function read(cpu: CpuMeters): { instances: readonly number[]; database: number | undefined } {
  return { instances: cpu.instances.map((meter) => meter()), database: cpu.database() }
}

interface Answer {
  readonly client: number
  readonly milliseconds: number
}

async function inParallel(
  count: number,
  { clients, request }: Pick<MeasureOptions, 'clients' | 'request'>,
): Promise<{ answers: Answer[]; failed: number }> {
  let begun = 0
  let failed = 0
  const answers: Answer[] = []
  const one = async (client: number): Promise<void> => {
    while (begun < count) {
      begun += 1
      const started = performance.now()
      try {
        await request(client)
        answers.push({ client, milliseconds: performance.now() - started })
      } catch (error) {
        failed += 1
        if (failed <= toldFailures) process.stderr.write(`bench: ${String(error)}\n`)
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => one(client)))
  return { answers, failed }
}

const toldFailures = 3
