import type { Work } from './budget.ts'
import { createIdentities, type Identity } from './identities.ts'
import { type CpuMeters, type Measurement, measure, requestsOf } from './load.ts'
import type { Pki } from './pki.ts'
import { createTransport, type Transport } from './transport.ts'

/** How much is to be measured. */
export interface Extent {
  /** Certificates of each work. */
  readonly count: number
  readonly clients: number
  /** Clients of the last work. */
  readonly connections: number
}

/** Measures each work, one after the other, on instances that serve. */
export async function measureWorks(
  pki: Pki,
  { count, clients, connections }: Extent,
  cpu: CpuMeters,
): Promise<Readonly<Record<Work, Measurement>>> {
  const identities = await createIdentities(clients)
  const manyCount = Math.max(count, connections)
  const tokens = await Promise.all(
    Array.from({ length: 2 * requestsOf(count) + clients + requestsOf(manyCount) }, () =>
      pki.createToken(),
    ),
  )
  const identityOf = (client: number): Identity => pick(identities, client)
  const connect = (client: number, options: { keepAlive: boolean; chain?: string }): Transport => {
    const { keepAlive, chain } = options
    return createTransport(pick(pki.instances, client).port, {
      root: pki.root,
      keepAlive,
      ...(chain && { identity: { chain, privateKey: identityOf(client).privateKey } }),
    })
  }
  const sign = async (transport: Transport, client: number): Promise<string> => {
    const oneTimeToken = tokens.pop()
    if (oneTimeToken === undefined) throw new RangeError('tokens ran out')
    const body = { csr: identityOf(client).certificationRequest, ott: oneTimeToken }
    const { crt, ca } = await transport.post('/1.0/sign', JSON.stringify(body))
    return `${crt}${ca}`
  }

  const kept = identities.map((_, client) => connect(client, { keepAlive: true }))
  const signKeptAlive = await measure({
    count,
    clients,
    cpu,
    request: async (client) => void (await sign(pick(kept, client), client)),
  })
  const chains = await Promise.all(identities.map((_, client) => sign(pick(kept, client), client)))
  for (const transport of kept) transport.close()

  const fresh = identities.map((_, client) => connect(client, { keepAlive: false }))
  const signNewConnection = await measure({
    count,
    clients,
    cpu,
    request: async (client) => void (await sign(pick(fresh, client), client)),
  })

  const mutual = chains.map((chain, client) => connect(client, { keepAlive: false, chain }))
  const renew = await measure({
    count,
    clients,
    cpu,
    request: async (client) => void (await pick(mutual, client).post('/1.0/renew', '')),
  })

  const many = Array.from({ length: connections }, (_, client) =>
    connect(client, { keepAlive: true }),
  )
  const manyConnections = await measure({
    count: manyCount,
    clients: connections,
    cpu,
    request: async (client) => void (await sign(pick(many, client), client)),
  })
  for (const transport of many) transport.close()
  return { signKeptAlive, signNewConnection, renew, manyConnections }
}

/** The element of a client: there may be fewer of them than clients. */
function pick<T>(list: readonly T[], client: number): T {
  const element = list[client % list.length]
  if (element === undefined) throw new RangeError('the list is empty')
  return element
}
