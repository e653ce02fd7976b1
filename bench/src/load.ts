/** What a run of many requests came to. */
export interface Measurement {
  readonly certificates: number
  readonly perSecond: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
  readonly cpuMillisecondsEach: number
}

/**
 * Sends `count` requests from `clients` callers side by side, each sending its next when the last is answered.
 *
 * The first tenth warms up and is not counted.
 */
export async function measure(options: {
  readonly count: number
  readonly clients: number
  readonly cpuMilliseconds: () => number
  readonly request: (index: number, client: number) => Promise<void>
}): Promise<Measurement> {
  const warmUp = Math.ceil(options.count / 10)
  await inParallel(0, warmUp, options)
  const cpuBefore = options.cpuMilliseconds()
  const started = performance.now()
  const latencies = await inParallel(warmUp, warmUp + options.count, options)
  const seconds = (performance.now() - started) / 1000
  const cpu = options.cpuMilliseconds() - cpuBefore
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? Number.NaN
  return {
    certificates: options.count,
    perSecond: options.count / seconds,
    p50Milliseconds: quantile(0.5),
    p99Milliseconds: quantile(0.99),
    cpuMillisecondsEach: cpu / options.count,
  }
}

/** How many requests {@link measure} sends in all, the warm-up included. */
export function requestsOf(count: number): number {
  return count + Math.ceil(count / 10)
}

async function inParallel(
  from: number,
  to: number,
  { clients, request }: Pick<Parameters<typeof measure>[0], 'clients' | 'request'>,
): Promise<number[]> {
  let next = from
  const latencies: number[] = []
  const one = async (client: number): Promise<void> => {
    while (next < to) {
      const index = next
      next += 1
      const started = performance.now()
      await request(index, client)
      latencies.push(performance.now() - started)
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => one(client)))
  return latencies
}
