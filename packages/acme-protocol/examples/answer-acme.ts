import { randomBytes } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import {
  type AcmeService,
  createAcmeService,
  createNonces,
  type IssuancePort,
  type ValidationPort,
} from '@mayfly/acme-protocol'
import type { Store } from '@mayfly/db-adapters'

/** An ACME directory at `/acme/internal/directory`, for whatever HTTP server asks it. */
export function createInternalAcme(
  store: Store,
  issuance: IssuancePort,
  validation: ValidationPort,
): AcmeService {
  const ambient = { now: () => new Date(), random: randomBytes }
  return createAcmeService({
    ...ambient,
    store: store.acme,
    issuance,
    validation,
    nonces: createNonces({ store: store.acme, ...ambient }),
    provisioner: {
      id: 'acme/internal',
      name: 'internal',
      requiresExternalAccount: false,
      challengeTypes: ['http-01', 'dns-01', 'tls-alpn-01'],
    },
    wait: (milliseconds, signal) =>
      setTimeout(milliseconds, undefined, { signal }).catch(() => undefined),
    report: (error, requestId) => process.stderr.write(`${requestId ?? '-'}: ${error}\n`),
  })
}

/** One request, as a server of Node has it; the body is bounded by the server. */
export async function answer(service: AcmeService, request: Request): Promise<Response> {
  const { status, headers, body } = await service.handle({
    method: request.method,
    url: request.url,
    contentType: request.headers.get('content-type') ?? undefined,
    body: new Uint8Array(await request.arrayBuffer()),
    requestId: request.headers.get('x-request-id') ?? '-',
  })
  const lines = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
    [value].flat().map((each) => [name, each]),
  )
  return new Response(body, { status, headers: lines })
}
