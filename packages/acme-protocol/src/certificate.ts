import type { AccountRequest, Engine } from './context.ts'
import type { ResourceAnswer } from './message.ts'
import { assertOwner, notFound } from './order.ts'

/** Gives the certificate of an order with its chain, RFC 8555 §7.4.2; `/1` and so on are its alternate chains. */
export async function certificate(
  engine: Engine,
  { ids: [id = '', alternate = '0'], account, locations }: AccountRequest,
): Promise<ResourceAnswer> {
  const what = `certificate ${JSON.stringify(id)}`
  const found = await engine.store.findOrderByCertificate(id)
  if (found === undefined || found.order.provisionerId !== engine.provisioner.id) {
    throw notFound(what)
  }
  assertOwner(found.order, account.id, 'certificate')
  if (found.certificate === undefined) throw notFound(`${what} any more`)
  const chains = await engine.issuance.findChains(found.certificate.der)
  const number = /^(0|[1-9]\d?)$/.test(alternate) ? Number(alternate) : -1
  const chain = chains[number]
  if (chain === undefined) throw notFound(`chain ${JSON.stringify(alternate)} of the ${what}`)
  return {
    text: { contentType: 'application/pem-certificate-chain', content: chain },
    links: chains.flatMap((_, index) =>
      index === number
        ? []
        : [{ url: locations.certificate(id, index), relation: 'alternate' as const }],
    ),
  }
}
