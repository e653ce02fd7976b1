import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One certificate request that was sent to a running step-ca, and what it answered. */
export interface ObservedTemplate {
  readonly name: string
  readonly provisioner: 'JWK' | 'X5C' | 'K8SSA'
  readonly issuerKey: string
  readonly template?: string
  readonly templateEncoding?: 'base64'
  readonly templateData?: unknown
  readonly token: Readonly<Record<string, unknown>> & {
    readonly iss: string
    readonly sub: string
  }
  /** PEM of the credential of an X5C token. */
  readonly authorizationCrt?: string
  readonly request: { readonly csr: string; readonly templateData?: unknown }
  readonly expect: ObservedAnswer
}

export interface ObservedAnswer {
  readonly status: number
  readonly error?: string
  readonly certificate?: ObservedCertificate
}

export interface ObservedCertificate {
  /** The DER of the Name in hexadecimal. */
  readonly subjectDER?: string
  /** In order; a value is hexadecimal, or `<issuer>` or `<provisioner>`. */
  readonly extensions: readonly {
    readonly oid: string
    readonly critical: boolean
    readonly value: string
  }[]
  readonly signatureAlgorithm: string
  /** Decimal; only where the template chose it. */
  readonly serialNumber?: string
  readonly validitySeconds: number
}

const repository = fileURLToPath(new URL('../../../..', import.meta.url))
const file = resolve(
  repository,
  process.env.MAYFLY_VECTORS ?? '../shared/vectors',
  'templates.json',
)

/** Why the vectors cannot be read, where that is no failure. */
export const missing: string | undefined =
  existsSync(file) || process.env.CI !== undefined
    ? undefined
    : `no ${file}; name the folder of vectors in MAYFLY_VECTORS`

export function loadObservedTemplates(): readonly ObservedTemplate[] {
  if (missing !== undefined) return []
  return JSON.parse(readFileSync(file, 'utf8')).vectors
}
