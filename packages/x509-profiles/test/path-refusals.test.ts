import { describe, expect, test } from 'vitest'
import {
  type Extension,
  type PathFailure,
  type PathUsage,
  parseCertificatePem,
} from '../src/index.ts'
import { encodeElement, encodeSequence } from '../src/internal/der.ts'
import { validityOfDays } from './support/authority.ts'
import { createOpensslFolder, type OpensslFolder } from './support/openssl.ts'
import {
  type Contents,
  clientAuth,
  type Entity,
  makeIntermediate,
  makeLeaf,
  makeRoot,
  serverAuth,
} from './support/path-certificates.ts'
import {
  constraints,
  dns,
  intermediate,
  leaf,
  reasonOf,
  root,
  type TestOptions,
  verify,
} from './support/paths.ts'

describe('verifyCertificatePath refuses', () => {
  const farFuture = validityOfDays(5000)
  const notYet = { notBefore: farFuture.notAfter, notAfter: new Date('2050-01-01T00:00:00Z') }
  const unknown: Extension = { oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }

  const table: readonly {
    why: string
    reason: PathFailure
    root?: Contents
    intermediate?: Contents
    leaf?: Contents
    options?: { host?: string; usage?: PathUsage; maximumPathLength?: number }
  }[] = [
    { why: 'an expired leaf', reason: 'expired', leaf: { validity: validityOfDays(-1) } },
    {
      why: 'an expired intermediate',
      reason: 'expired',
      intermediate: { validity: validityOfDays(-1) },
    },
    { why: 'an expired root', reason: 'expired', root: { validity: validityOfDays(-1) } },
    { why: 'a leaf of the future', reason: 'not_yet_valid', leaf: { validity: notYet } },
    { why: 'a root of the future', reason: 'not_yet_valid', root: { validity: notYet } },
    {
      why: 'an intermediate without the CA flag',
      reason: 'usage',
      intermediate: { without: ['2.5.29.19'] },
    },
    { why: 'a root without the CA flag', reason: 'usage', root: { without: ['2.5.29.19'] } },
    {
      why: 'an intermediate that may not sign certificates',
      reason: 'usage',
      intermediate: { keyUsage: ['cRLSign'] },
    },
    { why: 'a leaf for clients', reason: 'usage', leaf: { extendedKeyUsages: [clientAuth] } },
    {
      why: 'a leaf for servers, as a client',
      reason: 'usage',
      leaf: { extendedKeyUsages: [serverAuth] },
      options: { usage: 'clientAuth' },
    },
    {
      why: 'a leaf below an intermediate for clients',
      reason: 'usage',
      intermediate: { extendedKeyUsages: [clientAuth] },
    },
    {
      why: 'a leaf below a root for clients',
      reason: 'usage',
      root: { extendedKeyUsages: [clientAuth] },
    },
    {
      why: 'a leaf that may not sign',
      reason: 'usage',
      leaf: { keyUsage: ['keyEncipherment'] },
    },
    {
      why: 'an unknown critical extension',
      reason: 'critical_extension',
      leaf: { extensions: [unknown] },
    },
    {
      why: 'an unknown critical extension of an intermediate',
      reason: 'critical_extension',
      intermediate: { extensions: [unknown] },
    },
    {
      why: 'an unknown critical extension of a root',
      reason: 'critical_extension',
      root: { extensions: [unknown] },
    },
    {
      why: 'policy constraints',
      reason: 'critical_extension',
      intermediate: {
        extensions: [
          {
            oid: '2.5.29.36',
            critical: true,
            value: encodeSequence(encodeElement(0x80, Uint8Array.of(0))),
          },
        ],
      },
    },
    { why: 'a path too long for its root', reason: 'path_length', root: { pathLength: 0 } },
    {
      why: 'a path too long for the caller',
      reason: 'path_length',
      options: { maximumPathLength: 0 },
    },
    { why: 'another host', reason: 'name_mismatch', options: { host: 'db.internal' } },
    {
      why: 'a leaf without an authorityKeyIdentifier',
      reason: 'profile',
      leaf: { without: ['2.5.29.35'] },
    },
    {
      why: 'an intermediate without an authorityKeyIdentifier',
      reason: 'profile',
      intermediate: { without: ['2.5.29.35'] },
    },
    {
      why: 'an intermediate without a subjectKeyIdentifier',
      reason: 'profile',
      intermediate: { without: ['2.5.29.14'] },
    },
    {
      why: 'a leaf that may sign certificates',
      reason: 'profile',
      leaf: { keyUsage: ['digitalSignature', 'keyCertSign'] },
    },
    { why: 'a leaf without any name', reason: 'profile', leaf: { name: '', names: [] } },
    {
      why: 'a name that is not permitted',
      reason: 'name_constraints',
      intermediate: { extensions: [constraints({ permitted: [dns('example.com')] })] },
    },
    {
      why: 'a name that is excluded',
      reason: 'name_constraints',
      root: { extensions: [constraints({ excluded: [dns('internal')] })] },
    },
    {
      why: 'a name of an intermediate that is excluded',
      reason: 'name_constraints',
      root: { extensions: [constraints({ excluded: [dns('ca.internal')] })] },
      intermediate: { names: [{ type: 'dns', value: 'ca.internal' }] },
    },
    {
      why: 'name constraints of no name',
      reason: 'name_constraints',
      intermediate: { extensions: [constraints({})] },
    },
    {
      why: 'name constraints of a leaf',
      reason: 'profile',
      leaf: { extensions: [constraints({ permitted: [dns('internal')] })] },
    },
  ]

  test.each(table)('$why: $reason', ({ reason, options, ...contents }) => {
    const top = makeRoot(contents.root)
    const middle = makeIntermediate(top, contents.intermediate)
    const bottom = makeLeaf(middle, contents.leaf)
    const chain = { roots: [top], intermediates: [middle] }
    expect(reasonOf(() => verify(bottom, { ...chain, ...options }))).toBe(reason)
  })

  test('a leaf without a way to a root: unknown_authority', () => {
    expect(reasonOf(() => verify(leaf))).toBe('unknown_authority')
    expect(reasonOf(() => verify(leaf, { roots: [], intermediates: [intermediate, root] }))).toBe(
      'unknown_authority',
    )
    expect(reasonOf(() => verify(makeRoot()))).toBe('unknown_authority')
  })

  test('a root of the right name and another key: unknown_authority', () => {
    const other = { roots: [makeRoot()], intermediates: [intermediate] }
    expect(reasonOf(() => verify(leaf, other))).toBe('unknown_authority')
  })

  test('an expired namesake of the root: unknown_authority', () => {
    const namesake = makeRoot({ validity: validityOfDays(-1) })
    const other = { roots: [namesake], intermediates: [intermediate] }
    expect(reasonOf(() => verify(leaf, other))).toBe('unknown_authority')
  })

  test('a root of the right name and key identifier and another key: signature', () => {
    const identifier = root.certificate.extensions.filter(({ oid }) => oid === '2.5.29.14')
    const other = { roots: [makeRoot({ extensions: identifier })], intermediates: [intermediate] }
    expect(reasonOf(() => verify(leaf, other))).toBe('signature')
  })

  test('a certificate changed after it was signed: signature', () => {
    const { certificate, signer } = leaf
    const tbsCertificate = certificate.tbsCertificate.with(
      -1,
      (certificate.tbsCertificate.at(-1) ?? 0) ^ 1,
    )
    const forged = { certificate: { ...certificate, tbsCertificate }, signer }
    expect(reasonOf(() => verify(forged, { intermediates: [intermediate] }))).toBe('signature')
  })

  test.each([
    { file: 'SHA-1', args: ['-sha1'] },
    { file: 'RSA-PSS', args: ['-sha256', '-sigopt', 'rsa_padding_mode:pss'] },
  ])('a signature with $file: signature', ({ args }) => {
    using folder = createOpensslFolder()
    const signed = signByOpenssl(folder, 'rsa:2048', args)
    expect(reasonOf(() => verify(signed.leaf, signed.options))).toBe('signature')
  })

  test('a root with an RSA key of 1024 bits: signature', () => {
    using folder = createOpensslFolder()
    const signed = signByOpenssl(folder, 'rsa:1024', ['-sha256'])
    expect(reasonOf(() => verify(signed.leaf, signed.options))).toBe('signature')
  })
})

/** A root and a leaf below it, made by openssl with a key or a signature that this package refuses. */
function signByOpenssl(
  folder: OpensslFolder,
  key: string,
  signature: readonly string[],
): { leaf: Entity; options: TestOptions } {
  folder.write('leaf.pub', leaf.signer.publicKey.export({ format: 'pem', type: 'spki' }))
  const request = ['req', '-x509', '-newkey', key, '-nodes', '-keyout', 'root.key']
  folder.run(...request, '-subj', '/CN=Root', '-out', 'root.pem')
  folder.run('req', '-new', '-key', 'root.key', '-subj', '/CN=leaf', '-out', 'leaf.csr')
  folder.write('leaf.cnf', 'authorityKeyIdentifier=keyid\n')
  const sign = ['x509', '-req', '-in', 'leaf.csr', '-force_pubkey', 'leaf.pub']
  const by = ['-CA', 'root.pem', '-CAkey', 'root.key', '-extfile', 'leaf.cnf', '-out', 'leaf.pem']
  folder.run(...sign, ...signature, ...by)
  const [top, bottom] = ['root.pem', 'leaf.pem'].flatMap((file) => {
    return parseCertificatePem(folder.run('x509', '-in', file))
  })
  if (top === undefined || bottom === undefined) throw new TypeError('openssl made no certificate')
  const { signer } = leaf
  return {
    leaf: { certificate: bottom, signer },
    options: { roots: [{ certificate: top, signer }], now: bottom.validity.notBefore },
  }
}
