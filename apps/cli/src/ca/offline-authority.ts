import { createPublicKey } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Authority } from '@mayfly/authority-core'
import { type AuthorityHost, openAuthority } from '@mayfly/authority-host'
import type { ClientIdentity, SignResponse } from '@mayfly/ca-client'
import {
  type Certificate,
  certificateFingerprint,
  parseCertificatePem,
  publicKeyOf,
} from '@mayfly/x509-profiles'
import { askPassword, loadFirstPassword, passwordOfFile } from '../files/password.ts'
import { CommandError } from '../framework/errors.ts'
import type {
  AuthorityInvocation,
  CertificateAuthority,
  ReachedAuthority,
} from './certificate-authority.ts'
import { configurationPathOf } from './configuration-path.ts'
import { encryptedKeyMissing } from './provisioner-key.ts'

/**
 * Opens the CA of `--ca-config` in this process. Every rule of the server holds, and what is done stands in the same
 * database; a server may run meanwhile.
 *
 * @throws {HostError} for what is wrong with its files, a wrong password among them.
 * @throws {StoreError} when its database cannot be opened.
 */
export async function openOfflineAuthority({
  io,
  home,
  flags,
}: AuthorityInvocation): Promise<ReachedAuthority> {
  const passwordFile = flags['password-file']
  const host = await openAuthority({
    configurationPath: configurationPathOf(home, flags),
    ...(passwordFile === undefined
      ? {}
      : { password: async () => (await loadFirstPassword(io, [passwordFile])) ?? '' }),
    askPassword: (path) => askPassword(io, passwordOfFile(path, 'password-file')),
    now: io.now,
    random: io.random,
  })
  const [root] = host.authority.roots
  if (root === undefined) throw new TypeError('an authority without roots was opened')
  return {
    client: createOfflineClient(host, () => Buffer.from(io.random(16)).toString('hex')),
    rootFingerprint: certificateFingerprint(root),
    isOffline: true,
    [Symbol.asyncDispose]: () => host.close(),
  }
}

/** Puts the authority in the place of the client that would ask it over the network. */
function createOfflineClient(
  { authority, configuration }: AuthorityHost,
  drawRequestId: () => string,
): CertificateAuthority {
  const [name = 'localhost'] = configuration.dnsNames
  return {
    url: `https://${isIPv6(name) ? `[${name}]` : name}`,
    provisioners: async () => authority.provisioners().map(({ document }) => toListing(document)),
    encryptedKey: async (kid) => findEncryptedKey(authority, kid),
    sign: async ({ csr, oneTimeToken, notBefore = '', notAfter = '', templateData }) =>
      toResponse(
        await authority.sign({
          certificationRequest: csr,
          oneTimeToken,
          notBefore,
          notAfter,
          templateData,
          requestId: drawRequestId(),
        }),
      ),
    renew: async (identity) =>
      toResponse(
        await authority.renew({
          credential: { kind: 'certificate', ...proveIdentity(identity) },
          requestId: drawRequestId(),
        }),
      ),
    renewWithToken: async (token) =>
      toResponse(
        await authority.renew({ credential: { kind: 'token', token }, requestId: drawRequestId() }),
      ),
    rekey: async ({ csr, ...identity }) =>
      toResponse(
        await authority.rekey({
          credential: { kind: 'certificate', ...proveIdentity(identity) },
          certificationRequest: csr,
          requestId: drawRequestId(),
        }),
      ),
    revoke: async ({ credential, withRenewals = false, ...asked }) => {
      const { serialNumbers } = await authority.revoke({
        ...asked,
        withRenewals,
        credential:
          'oneTimeToken' in credential
            ? { kind: 'token', token: credential.oneTimeToken }
            : { kind: 'certificate', ...proveIdentity(credential.identity) },
        requestId: drawRequestId(),
      })
      return withRenewals ? serialNumbers : undefined
    },
  }
}

/** What a handshake proves on the network: that the key belongs to the certificate. */
function proveIdentity({ certificateChain, privateKey }: ClientIdentity): {
  readonly certificate: Certificate
  readonly chain: readonly Certificate[]
} {
  const [certificate, ...chain] =
    typeof certificateChain === 'string' ? parseCertificatePem(certificateChain) : certificateChain
  if (certificate === undefined) throw new TypeError('a chain without certificates')
  if (!createPublicKey(privateKey).equals(publicKeyOf(certificate))) {
    throw new CommandError('key_unfit', 'the private key does not belong to the certificate')
  }
  return { certificate, chain }
}

function findEncryptedKey(authority: Authority, kid: string): string {
  const encryptedKey = authority.findEncryptedKey(kid)
  if (encryptedKey === undefined) throw encryptedKeyMissing(kid)
  return encryptedKey
}

function toListing(document: Readonly<Record<string, unknown>>): {
  readonly type: string
  readonly name: string
} {
  return { ...document, type: String(document.type), name: String(document.name) }
}

function toResponse({ certificate, chain }: SignResponse): SignResponse {
  return { certificate, chain }
}
