import type { ClaimsConfiguration } from './claims.ts'
import type { ConfigurationProblem } from './errors.ts'
import type { JsonObject } from './json.ts'
import type { MayflyConfiguration } from './mayfly-members.ts'
import type { PolicyConfiguration } from './policy.ts'
import type { ProvisionerConfiguration } from './provisioner.ts'

/** A `ca.json` that was read and found usable; every default filled in. */
export interface CaConfiguration {
  /** The document as it was written, unknown members included, for rewriting. */
  readonly raw: JsonObject
  /** What is kept but not acted upon, or skipped; for the operator's eyes. */
  readonly warnings: readonly ConfigurationProblem[]
  /** Files of the root certificates, at least one. */
  readonly root: readonly string[]
  readonly federatedRoots: readonly string[]
  /** File of the issuing certificate; the certificates after the first are sent along. */
  readonly crt: string
  /** File of the issuing key. */
  readonly key: string
  /** `host:port` or `:port`. */
  readonly address: string
  readonly insecureAddress: string
  readonly dnsNames: readonly string[]
  /** Absent means that no access log is written. */
  readonly logger?: { readonly format: 'text' | 'json' | 'common'; readonly traceHeader: string }
  /** Absent means that nothing is kept beyond the life of the process. */
  readonly db?: DatabaseConfiguration
  readonly authority: AuthorityConfiguration
  readonly tls: TlsConfiguration
  /** The password of the keys, when it stands in the file. A secret. */
  readonly password?: string
  /** Common name of the serving certificate. */
  readonly commonName: string
  readonly metricsAddress?: string
  readonly mayfly: MayflyConfiguration
}

export interface DatabaseConfiguration {
  /** As written; compared without case. */
  readonly type: string
  /** A folder, a file or a DSN, by type. A DSN may hold a password. */
  readonly dataSource: string
  readonly database?: string
  /** The folder of Badger's value log, where that is another. */
  readonly valueDir?: string
}

export interface AuthorityConfiguration {
  readonly provisioners: readonly ProvisionerConfiguration[]
  /** Default attributes of a leaf's subject. */
  readonly template: SubjectTemplate
  readonly claims?: ClaimsConfiguration
  readonly policy?: PolicyConfiguration
  readonly disableIssuedAtCheck: boolean
  readonly backdateSeconds: number
}

/** Subject attributes given to leaves that lack them. */
export interface SubjectTemplate {
  readonly country?: string
  readonly organization?: string
  readonly organizationalUnit?: string
  readonly locality?: string
  readonly province?: string
  readonly streetAddress?: string
  readonly serialNumber?: string
  readonly commonName?: string
}

export interface TlsConfiguration {
  readonly cipherSuites: readonly string[]
  readonly minVersion: number
  readonly maxVersion: number
  readonly renegotiation: boolean
}
