import { createHash, type KeyObject } from 'node:crypto'
import { isIPv6 } from 'node:net'
import { join, resolve } from 'node:path'
import {
  ConfigurationError,
  defaultTls,
  encodeCaConfiguration,
  type JsonObject,
  parseCaConfiguration,
} from '@mayfly/authority-core/config'
import { generateProvisionerKey, sealPrivateJwk } from '@mayfly/jwt-tokens'
import { createSigner, encodePrivateKeyPem, generatePrivateKey } from '@mayfly/keystore-hsm'
import {
  type Certificate,
  createName,
  encodeCertificatePem,
  type Issuer,
  intermediateProfile,
  issue,
  issueRoot,
  rootProfile,
  type Signer,
} from '@mayfly/x509-profiles'
import { HostError } from './errors.ts'
import { loadCertificates } from './load-certificates.ts'
import { loadKey, verifyKeyMatches } from './load-key.ts'
import { type PkiLayout, pkiLayout } from './pki-layout.ts'
import { chooseReplaced, type NewFile, placeFiles } from './place-files.ts'

/** What a new authority is to be. */
export interface InitialisePkiOptions {
  /** The folder to fill, made if it is not there. */
  readonly directory: string
  /** The organization; certificates are named `<name> Root CA` and `<name> Intermediate CA`. */
  readonly name: string
  /** Encrypts the keys, and the provisioner's unless it has its own. Not empty. */
  readonly password: string
  /** A root that is there already: only an intermediate is made under it, and its key stays where it is. */
  readonly root?: ExistingRoot
  /** The configuration of the server; without it only certificates and keys are made. */
  readonly server?: ServerOptions
  /** Asked for each file that is there; `false`, or no such function, refuses. */
  readonly overwrite?: (path: string) => Promise<boolean>
  /** Told before and after each certificate is made. */
  readonly onProgress?: (progress: PkiProgress) => void | Promise<void>
  readonly now: () => Date
  readonly random: (length: number) => Uint8Array
}

export interface ExistingRoot {
  /** File of the certificate. */
  readonly certificate: string
  /** File of its private key. */
  readonly key: string
  /** The key's password, if it is encrypted. */
  readonly password?: string
}

export interface ServerOptions {
  /** Names and addresses of the server; the first stands in the clients' URL. */
  readonly dnsNames: readonly [string, ...string[]]
  /** `host:port` or `:port`. */
  readonly address: string
  /** Name of the first provisioner. */
  readonly provisionerName: string
  readonly provisionerPassword?: string
  /** What clients call; made of the first name and the port by default. */
  readonly caUrl?: string
  /** Whether certificates, revocations and spent tokens are kept; without it the `db` member is left out. */
  readonly withDatabase: boolean
}

export interface PkiProgress {
  readonly stage: 'root' | 'intermediate'
  readonly done: boolean
}

/** What was made. */
export interface InitialisedPki {
  readonly paths: PkiLayout
  readonly root: Certificate
  readonly intermediate: Certificate
  /** SHA-256 of the root, in lower-case hexadecimal. */
  readonly rootFingerprint: string
}

const tenYearsMilliseconds = 3650 * 86_400_000

/**
 * Makes the keys, certificates and configuration of a new authority in a folder laid out as step's: all of it or nothing.
 *
 * @throws {HostError} `file_exists`, `file_unwritable`, `configuration_invalid`, and for a root that cannot be used.
 * @throws {ProfileError} `issuer_unfit` when an existing root may not certify an intermediate.
 */
export async function initialisePki(options: InitialisePkiOptions): Promise<InitialisedPki> {
  const paths = pkiLayout(resolve(options.directory))
  const { name, password, server } = options
  const validity = { notBefore: options.now(), notAfter: tenYearsFrom(options.now()) }
  const replaced = await chooseReplaced(pathsToWrite(paths, options), options.overwrite)

  await options.onProgress?.({ stage: 'root', done: false })
  const { root, key: rootKey } =
    options.root === undefined ? await makeRoot(options, validity) : await loadRoot(options.root)
  await options.onProgress?.({ stage: 'root', done: true })

  await options.onProgress?.({ stage: 'intermediate', done: false })
  const intermediateKey = await generatePrivateKey()
  const intermediate = await issue(
    {
      subject: createName({ organization: name, commonName: `${name} Intermediate CA` }),
      subjectAltNames: [],
      subjectPublicKeyInfo: spkiOf(createSigner(intermediateKey)),
      validity,
    },
    intermediateProfile,
    root,
    options,
  )
  await options.onProgress?.({ stage: 'intermediate', done: true })

  const rootFingerprint = createHash('sha256').update(root.certificate.der).digest('hex')
  // Each key's encryption takes its time, off the event loop: together they take no longer than one.
  const [rootKeyFile, intermediateKeyFile, configuration] = await Promise.all([
    rootKey === undefined ? undefined : keyFile(paths.rootKey, rootKey, password),
    keyFile(paths.intermediateKey, intermediateKey, password),
    server === undefined ? [] : configure(options, server, { paths, rootFingerprint }),
  ])
  const files: NewFile[] = [
    secret(paths.rootCertificate, encodeCertificatePem(root.certificate)),
    ...(rootKeyFile === undefined ? [] : [rootKeyFile]),
    secret(paths.intermediateCertificate, encodeCertificatePem(intermediate)),
    intermediateKeyFile,
    ...configuration,
  ]
  const folders = foldersOf(paths, server)
  await placeFiles({ directory: paths.directory, folders, files, replaced })
  return { paths, root: root.certificate, intermediate, rootFingerprint }
}

async function makeRoot(
  options: InitialisePkiOptions,
  validity: { notBefore: Date; notAfter: Date },
): Promise<{ root: Issuer; key: KeyObject }> {
  const { name } = options
  const key = await generatePrivateKey()
  const signer = createSigner(key)
  const certificate = await issueRoot(
    {
      subject: createName({ organization: name, commonName: `${name} Root CA` }),
      subjectAltNames: [],
      subjectPublicKeyInfo: spkiOf(signer),
      validity,
    },
    rootProfile,
    signer,
    options,
  )
  return { root: { certificate, signer }, key }
}

async function loadRoot(existing: ExistingRoot): Promise<{ root: Issuer; key: undefined }> {
  const [certificate] = await loadCertificates(existing.certificate)
  const { privateKey } = await loadKey(existing.key, async () => existing.password)
  verifyKeyMatches({ path: existing.key, privateKey }, { path: existing.certificate, certificate })
  return { root: { certificate, signer: createSigner(privateKey) }, key: undefined }
}

/** Makes `ca.json` and `defaults.json`, and reads the former once as the server will. */
async function configure(
  options: InitialisePkiOptions,
  server: ServerOptions,
  { paths, rootFingerprint }: { paths: PkiLayout; rootFingerprint: string },
): Promise<readonly NewFile[]> {
  const { publicJwk, privateJwk } = await generateProvisionerKey()
  const password = server.provisionerPassword ?? options.password
  const encryptedKey = await sealPrivateJwk(privateJwk, password)
  const { use, kty, kid, crv, alg, x, y } = publicJwk
  const key = { use, kty, kid, crv, alg, x, y }
  const document: JsonObject = {
    root: paths.rootCertificate,
    federatedRoots: null,
    crt: paths.intermediateCertificate,
    key: paths.intermediateKey,
    address: server.address,
    insecureAddress: '',
    dnsNames: server.dnsNames,
    logger: { format: 'text' },
    ...(server.withDatabase
      ? { db: { type: 'sqlite', dataSource: join(paths.database, 'mayfly.sqlite') } }
      : {}),
    authority: {
      provisioners: [{ type: 'JWK', name: server.provisionerName, key, encryptedKey }],
    },
    tls: defaultTls,
  }
  assertUsable(document, paths.configuration)
  const defaults: JsonObject = {
    'ca-url': server.caUrl ?? caUrlOf(server),
    'ca-config': paths.configuration,
    fingerprint: rootFingerprint,
    root: paths.rootCertificate,
  }
  return [
    { path: paths.configuration, content: encodeCaConfiguration(document), mode: 0o644 },
    { path: paths.defaults, content: encodeCaConfiguration(defaults), mode: 0o644 },
  ]
}

function assertUsable(document: JsonObject, source: string): void {
  try {
    parseCaConfiguration(document, { source })
  } catch (cause) {
    if (!(cause instanceof ConfigurationError)) throw cause
    throw new HostError('configuration_invalid', cause.message, { cause })
  }
}

function caUrlOf({ dnsNames: [host], address }: ServerOptions): string {
  const port = address.slice(address.lastIndexOf(':') + 1)
  const name = isIPv6(host) ? `[${host}]` : host
  return port === '443' ? `https://${name}` : `https://${name}:${port}`
}

function pathsToWrite(paths: PkiLayout, { root, server }: InitialisePkiOptions): readonly string[] {
  return [
    paths.rootCertificate,
    ...(root === undefined ? [paths.rootKey] : []),
    paths.intermediateCertificate,
    paths.intermediateKey,
    ...(server === undefined ? [] : [paths.configuration, paths.defaults]),
  ]
}

/** step makes `config` and `templates` even for a folder of certificates and keys alone. */
function foldersOf(paths: PkiLayout, server: ServerOptions | undefined): readonly string[] {
  const folders = ['certs', 'secrets', 'config', 'templates'].map((name) =>
    join(paths.directory, name),
  )
  return server?.withDatabase ? [...folders, paths.database] : folders
}

async function keyFile(path: string, key: KeyObject, password: string): Promise<NewFile> {
  return secret(path, await encodePrivateKeyPem(key, { password }))
}

function secret(path: string, content: string): NewFile {
  return { path, content, mode: 0o600 }
}

function spkiOf(signer: Signer): Uint8Array {
  return new Uint8Array(signer.publicKey.export({ format: 'der', type: 'spki' }))
}

function tenYearsFrom(time: Date): Date {
  return new Date(time.getTime() + tenYearsMilliseconds)
}
