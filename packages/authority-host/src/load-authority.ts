import { readFile, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { type AuthorityOptions, findTemplateFile, type TemplateFile } from '@mayfly/authority-core'
import {
  type CaConfiguration,
  ConfigurationError,
  type ConfigurationProblem,
  parseCaConfiguration,
} from '@mayfly/authority-core/config'
import { createSigner } from '@mayfly/keystore-hsm'
import { type Certificate, ProfileError, verifyCertificatePath } from '@mayfly/x509-profiles'
import { codeOf, describeFileError, HostError } from './errors.ts'
import { issuerSignerOf } from './issuer-signer.ts'
import { loadCertificates } from './load-certificates.ts'
import { loadKey, verifyKeyMatches } from './load-key.ts'

/** What the files of a configuration give to an authority. */
type AuthorityParts = Omit<AuthorityOptions, 'store' | 'startedAt' | 'now' | 'random'>

/**
 * Reads a `ca.json`.
 *
 * @throws {HostError} `configuration_not_found`, `configuration_unreadable` or `configuration_invalid`.
 */
export async function loadConfiguration(path: string): Promise<CaConfiguration> {
  try {
    const configuration = parseCaConfiguration(await readConfiguration(path), { source: path })
    if (configuration.password === undefined || !(await isReadByOthers(path))) return configuration
    return { ...configuration, warnings: [...configuration.warnings, passwordIsOpen] }
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause
    throw new HostError('configuration_invalid', cause.message, { cause })
  }
}

/** What {@link loadAuthorityParts} has read. */
export interface LoadedAuthority {
  readonly parts: AuthorityParts
  /** The configuration, with what its files give to warn of. */
  readonly configuration: CaConfiguration
}

/**
 * Reads the certificates and the key that a configuration names, and verifies that they belong together: the key to
 * the issuing certificate, the issuing certificate to a root.
 *
 * @throws {HostError} for a file that cannot be read or does not fit.
 */
export async function loadAuthorityParts(
  configuration: CaConfiguration,
  {
    findPassword,
    ...reading
  }: ReadingOptions & { readonly findPassword: (path: string) => Promise<string | undefined> },
): Promise<LoadedAuthority> {
  const { crt, key } = configuration
  const { certificate, parts } = await loadKeylessParts(configuration, reading)
  const { privateKey, isEncrypted } = await loadKey(key, () => findPassword(key), {
    member: 'key',
  })
  verifyKeyMatches({ path: key, privateKey }, { path: crt, certificate })
  const warnings = [...configuration.warnings, ...(isEncrypted ? [] : [keyIsOpen(key)])]
  const signer = issuerSignerOf(createSigner(privateKey), certificate)
  return {
    parts: { ...parts, issuer: { certificate, signer } },
    configuration: { ...configuration, warnings },
  }
}

/** How the files of a configuration are read. */
export interface ReadingOptions {
  /** What the names of template files are relative to. */
  readonly homePath: string
  readonly now: Date
}

/** The parts of an authority but for its issuer, and the issuing certificate, whose key was not looked at. */
export interface KeylessParts {
  readonly certificate: Certificate
  readonly parts: Omit<AuthorityParts, 'issuer'>
}

/**
 * Reads the certificates that a configuration names, and verifies that the issuing one leads to a root.
 *
 * @throws {HostError} for a file that cannot be read or does not fit.
 */
export async function loadKeylessParts(
  configuration: CaConfiguration,
  { homePath, now }: ReadingOptions,
): Promise<KeylessParts> {
  const { crt, authority, mayfly } = configuration
  const roots = await loadAll(configuration.root, 'root')
  const federatedRoots = await loadAll(configuration.federatedRoots, 'federatedRoots')
  const chain = await loadCertificates(crt, { member: 'crt' })
  const [certificate] = chain
  verifyChain(chain, { path: crt, roots, now })
  const parts = {
    chain,
    roots,
    federatedRoots,
    dnsNames: configuration.dnsNames,
    provisioners: authority.provisioners,
    ...(authority.claims === undefined ? {} : { claims: authority.claims }),
    ...(authority.policy === undefined ? {} : { policy: authority.policy }),
    backdateSeconds: authority.backdateSeconds,
    subjectTemplate: authority.template,
    templateFiles: await loadTemplateFiles(configuration, homePath),
    disableIssuedAtCheck: authority.disableIssuedAtCheck,
    maximumTokenLifetimeSeconds: mayfly.maximumTokenLifetimeSeconds,
    renewalAfterExpirySeconds: mayfly.renewalAfterExpirySeconds,
  }
  return { certificate, parts }
}

/** The folder that a `ca.json` belongs to: the one above `config`, else the one that holds the file. */
export function homeOf(configurationPath: string): string {
  const folder = dirname(resolve(configurationPath))
  return basename(folder) === 'config' ? dirname(folder) : folder
}

/** Reads the template files of all provisioners; one that cannot be read is that provisioner's trouble only. */
async function loadTemplateFiles(
  { authority }: CaConfiguration,
  homePath: string,
): Promise<ReadonlyMap<string, TemplateFile>> {
  const named = authority.provisioners.flatMap((provisioner) => {
    const name = provisioner.supported ? findTemplateFile(provisioner.options) : undefined
    return name === undefined ? [] : [name]
  })
  const files = [...new Set(named)].map(async (name) => {
    return [name, await loadTemplateFile(resolve(homePath, name))] as const
  })
  return new Map(await Promise.all(files))
}

async function loadTemplateFile(path: string): Promise<TemplateFile> {
  try {
    return { text: await readFile(path, 'utf8') }
  } catch (cause) {
    return { reason: describeFileError(cause) }
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

/** `step ca init` makes the file readable by everyone, which it may be until a password is put into it. */
const passwordIsOpen: ConfigurationProblem = {
  path: 'password',
  reason:
    'other users of this machine may read it, run chmod 600 on the file or use a password file',
}

function keyIsOpen(path: string): ConfigurationProblem {
  const reason = `${path} is not encrypted; give it a password with 'mayfly crypto change-pass'`
  return { path: 'key', reason }
}

async function isReadByOthers(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o044) !== 0
}

async function readConfiguration(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const reason = describeFileError(cause)
    const code = codeOf(cause) === 'ENOENT' ? 'configuration_not_found' : 'configuration_unreadable'
    throw new HostError(code, `open ${path} failed: ${reason}`, { cause })
  }
}
