import type { AuthorityOptions, TemplateFile } from '@mayfly/authority-core'
import type { CaConfiguration, ConfigurationProblem } from '@mayfly/authority-core/config'
import { createSigner } from '@mayfly/keystore-hsm'
import { type Certificate, ProfileError, verifyCertificatePath } from '@mayfly/x509-profiles'
import { HostError } from './errors.ts'
import { issuerSignerOf } from './issuer-signer.ts'
import { loadCertificates } from './load-certificates.ts'
import { loadKey, verifyKeyMatches } from './load-key.ts'

/** What the certificates and the key of one instance give to an authority. */
export type LocalParts = Pick<
  AuthorityOptions,
  'issuer' | 'chain' | 'roots' | 'federatedRoots' | 'dnsNames'
>

/** What {@link loadLocalParts} has read. */
export interface LoadedParts {
  readonly parts: LocalParts
  /** What there is to warn of. */
  readonly warnings: readonly ConfigurationProblem[]
}

/**
 * Reads the certificates and the key that a configuration names, and verifies that they belong together: the key to
 * the issuing certificate, the issuing certificate to a root.
 *
 * @throws {HostError} for a file that cannot be read or does not fit.
 */
export async function loadLocalParts(
  configuration: CaConfiguration,
  options: {
    readonly findPassword: (path: string) => Promise<string | undefined>
    readonly now: Date
  },
): Promise<LoadedParts> {
  const { crt, key } = configuration
  const { certificate, parts } = await loadKeylessParts(configuration, options)
  const { privateKey, isEncrypted } = await loadKey(key, () => options.findPassword(key), {
    member: 'key',
  })
  verifyKeyMatches({ path: key, privateKey }, { path: crt, certificate })
  const signer = issuerSignerOf(createSigner(privateKey), certificate)
  return {
    parts: { ...parts, issuer: { certificate, signer } },
    warnings: isEncrypted ? [] : [keyIsOpen(key)],
  }
}

/** The parts of an authority but for its issuer, and the issuing certificate, whose key was not looked at. */
export interface KeylessParts {
  readonly certificate: Certificate
  readonly parts: Omit<LocalParts, 'issuer'>
}

/**
 * Reads the certificates that a configuration names, and verifies that the issuing one leads to a root.
 *
 * @throws {HostError} for a file that cannot be read or does not fit.
 */
export async function loadKeylessParts(
  configuration: CaConfiguration,
  { now }: { readonly now: Date },
): Promise<KeylessParts> {
  const { crt, dnsNames } = configuration
  const roots = await loadAll(configuration.root, 'root')
  const federatedRoots = await loadAll(configuration.federatedRoots, 'federatedRoots')
  const chain = await loadCertificates(crt, { member: 'crt' })
  const [certificate] = chain
  verifyChain(chain, { path: crt, roots, now })
  return { certificate, parts: { chain, roots, federatedRoots, dnsNames } }
}

/** What the shared part of a configuration gives to an authority. */
export function sharedPartsOf(
  { authority, mayfly }: CaConfiguration,
  templateFiles: ReadonlyMap<string, TemplateFile>,
): Omit<
  AuthorityOptions,
  keyof LocalParts | 'store' | 'startedAt' | 'restoredAt' | 'now' | 'random'
> {
  return {
    provisioners: authority.provisioners,
    ...(authority.claims === undefined ? {} : { claims: authority.claims }),
    ...(authority.policy === undefined ? {} : { policy: authority.policy }),
    backdateSeconds: authority.backdateSeconds,
    subjectTemplate: authority.template,
    templateFiles,
    disableIssuedAtCheck: authority.disableIssuedAtCheck,
    maximumTokenLifetimeSeconds: mayfly.maximumTokenLifetimeSeconds,
    renewalAfterExpirySeconds: mayfly.renewalAfterExpirySeconds,
  }
}

async function loadAll(paths: readonly string[], member: string): Promise<readonly Certificate[]> {
  return (await Promise.all(paths.map((path) => loadCertificates(path, { member })))).flat()
}

function verifyChain(
  [certificate, ...intermediates]: readonly [Certificate, ...Certificate[]],
  { path, roots, now }: { path: string; roots: readonly Certificate[]; now: Date },
): void {
  const signsCertificates = certificate.keyUsage?.includes('keyCertSign') ?? true
  if (!certificate.basicConstraints?.isCa || !signsCertificates) {
    throw new HostError('certificate_unfit', `the certificate in ${path} may not issue others`, {
      hint: 'name the certificate of an authority',
    })
  }
  try {
    verifyCertificatePath(certificate, { roots, intermediates, now, usage: 'any' })
  } catch (cause) {
    if (!(cause instanceof ProfileError)) throw cause
    throw new HostError(
      'chain_untrusted',
      `the certificate in ${path} does not lead to a configured root: ${cause.message}`,
      { cause },
    )
  }
}

function keyIsOpen(path: string): ConfigurationProblem {
  const reason = `${path} is not encrypted; give it a password with 'mayfly crypto change-pass'`
  return { path: 'key', reason }
}
