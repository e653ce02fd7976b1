import { isIP } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  type Certificate,
  type Extension,
  encodeCertificatePem,
  issue,
  leafProfile,
  PathError,
  type PathFailure,
  type PathOptions,
  type PathUsage,
  parseCertificatePem,
  verifyCertificatePath,
} from '../src/index.ts'
import { constructed, encodeElement, encodeSequence, primitive } from '../src/internal/der.ts'
import { createTestAuthority, leafRequest, now, validityOfDays } from './support/authority.ts'
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
import { createTestSigner } from './support/signers.ts'

const root = makeRoot()
const intermediate = makeIntermediate(root)
const leaf = makeLeaf(intermediate)

describe('verifyCertificatePath returns', () => {
  test('the path, leaf first', () => {
    expect(verify(leaf, { intermediates: [intermediate] })).toEqual(
      certificatesOf(leaf, intermediate, root),
    )
  })

  test('the path of certificates that this package issues', async () => {
    const authority = await createTestAuthority()
    const { subjectPublicKeyInfo } = createTestSigner()
    const ambient = { now: () => now, random: (length: number) => new Uint8Array(length).fill(7) }
    const issued = await issue(
      leafRequest(subjectPublicKeyInfo),
      leafProfile,
      authority.issuer,
      ambient,
    )
    const path = verifyCertificatePath(issued, {
      roots: [authority.root],
      intermediates: [authority.intermediate],
      now,
      host: 'web.internal',
    })
    expect(path).toEqual([issued, authority.intermediate, authority.root])
  })

  test('the same path whatever the order of the intermediates and the strangers among them', () => {
    const stranger = makeIntermediate(makeRoot(), { name: 'Stranger' })
    const namesake = makeIntermediate(root)
    const upper = makeIntermediate(root, { name: 'Upper' })
    const lower = makeIntermediate(upper, { name: 'Lower' })
    const below = makeLeaf(lower)
    const intermediates = [stranger, namesake, lower, root, upper]
    for (const order of [intermediates, intermediates.toReversed()]) {
      expect(verify(below, { intermediates: order })).toEqual(
        certificatesOf(below, lower, upper, root),
      )
    }
  })

  test('a path that ends at an intermediate which is trusted itself', () => {
    expect(verify(leaf, { roots: [intermediate] })).toEqual(certificatesOf(leaf, intermediate))
  })

  test('the leaf alone when it is trusted itself', () => {
    expect(verify(leaf, { roots: [leaf] })).toEqual(certificatesOf(leaf))
  })

  test('the way around an expired intermediate of the same key', () => {
    const expired = makeIntermediate(root, {
      signer: intermediate.signer,
      validity: validityOfDays(-1),
    })
    expect(verify(leaf, { intermediates: [expired, intermediate] })).toEqual(
      certificatesOf(leaf, intermediate, root),
    )
  })

  test('the way to the trusted one of two roots that signed the same intermediate', () => {
    const otherRoot = makeRoot({ name: 'Other Root' })
    const crossSigned = makeIntermediate(otherRoot, { signer: intermediate.signer })
    const path = verify(leaf, { roots: [otherRoot], intermediates: [intermediate, crossSigned] })
    expect(path).toEqual(certificatesOf(leaf, crossSigned, otherRoot))
  })

  test('the right one of two roots of the same name', () => {
    const namesake = makeRoot()
    expect(verify(leaf, { roots: [namesake, root], intermediates: [intermediate] })).toEqual(
      certificatesOf(leaf, intermediate, root),
    )
  })

  test('a path through two authorities that signed each other', () => {
    const a = makeIntermediate(root, { name: 'A' })
    const b = makeIntermediate(a, { name: 'B' })
    const aByB = makeIntermediate(b, { name: 'A', signer: a.signer })
    const below = makeLeaf(a)
    expect(verify(below, { intermediates: [aByB, b, a] })).toEqual(certificatesOf(below, a, root))
  })

  test.each(['P-384', 'P-521', 'Ed25519', 'RSA'] as const)('a path of %s keys', (type) => {
    const signer = createTestSigner(type)
    const top = makeRoot({ signer })
    const below = makeLeaf(top, { signer })
    expect(verify(below, { roots: [top] })).toEqual(certificatesOf(below, top))
  })

  test('a path at both ends of the validity, ends included', () => {
    const { notBefore, notAfter } = leaf.certificate.validity
    const lastMoment = new Date(notAfter.getTime() + 999)
    for (const moment of [notBefore, lastMoment]) {
      expect(verify(leaf, { intermediates: [intermediate], now: moment })).toHaveLength(3)
    }
  })

  test('a path of self-issued intermediates, which a path length does not count', () => {
    const first = makeIntermediate(root, { name: 'CA', pathLength: 1 })
    const rollover = makeIntermediate(first, { name: 'CA', pathLength: 1 })
    const last = makeIntermediate(rollover, { name: 'Last', pathLength: 0 })
    expect(verify(makeLeaf(last), { intermediates: [first, rollover, last] })).toHaveLength(5)
  })
})

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
      why: 'a root without a subjectKeyIdentifier',
      reason: 'profile',
      root: { without: ['2.5.29.14'] },
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

describe('verifyCertificatePath asks nothing of the usage', () => {
  test('when any usage will do', () => {
    const below = makeLeaf(intermediate, {
      extendedKeyUsages: ['1.2.3.4'],
      keyUsage: ['keyEncipherment'],
    })
    expect(verify(below, { intermediates: [intermediate], usage: 'any' })).toHaveLength(3)
  })

  test('when the certificate is for any usage', () => {
    const below = makeLeaf(intermediate, { extendedKeyUsages: ['2.5.29.37.0'] })
    expect(verify(below, { intermediates: [intermediate], usage: 'clientAuth' })).toHaveLength(3)
  })
})

describe('verifyCertificatePath gives up', () => {
  test('on hundreds of authorities of one name', () => {
    const issuer = makeIntermediate(root, { name: 'Maze', without: ['2.5.29.35'] })
    const maze = Array.from({ length: 201 }, () => makeIntermediate(root, { name: 'Maze' }))
    const { certificate, signer } = makeLeaf(issuer)
    const nameless = { certificate: { ...certificate, authorityKeyIdentifier: undefined }, signer }
    expect(reasonOf(() => verify(nameless, { intermediates: maze }))).toBe('budget')
  })

  test('on authorities that have signed each other without end', () => {
    const levels = Array.from({ length: 7 }, (_, level) => {
      return Array.from({ length: 3 }, () => ({
        name: `Level ${level}`,
        signer: createTestSigner(),
      }))
    })
    const intermediates = levels.flatMap((level, index) => {
      const above = (levels[index + 1] ?? []).map((contents) => makeIntermediate(root, contents))
      return level.flatMap((contents) => above.map((issuer) => makeIntermediate(issuer, contents)))
    })
    const [first = leaf] = intermediates
    const start = performance.now()
    expect(reasonOf(() => verify(makeLeaf(first), { intermediates }))).toBe('budget')
    expect(performance.now() - start).toBeLessThan(2000)
  })

  test('on more names and name constraints than can be compared', () => {
    const many = Array.from({ length: 500 }, (_, index) => dns(`n${index}.example.com`))
    const top = makeRoot({ extensions: [constraints({ excluded: many })] })
    const names = Array.from({ length: 500 }, (_, index) => {
      return { type: 'dns' as const, value: `m${index}.example.com` }
    })
    expect(reasonOf(() => verify(makeLeaf(top, { names }), { roots: [top] }))).toBe('budget')
  })
})

describe('openssl verify agrees', () => {
  const table: readonly {
    what: string
    root?: Contents
    middle?: Contents
    leaf?: Contents
    host?: string
  }[] = [
    { what: 'on a sound path' },
    { what: 'on an expired leaf', leaf: { validity: validityOfDays(-1) } },
    { what: 'on an expired root', root: { validity: validityOfDays(-1) } },
    { what: 'on a path length', root: { pathLength: 0 } },
    { what: 'on a path length that suffices', root: { pathLength: 1 } },
    { what: 'on a missing CA flag', middle: { without: ['2.5.29.19'] } },
    { what: 'on a CA that may not sign', middle: { keyUsage: ['cRLSign'] } },
    { what: 'on a leaf for clients', leaf: { extendedKeyUsages: [clientAuth] } },
    { what: 'on a CA for clients', middle: { extendedKeyUsages: [clientAuth] } },
    {
      what: 'on a permitted name',
      middle: { extensions: [constraints({ permitted: [dns('internal')] })] },
    },
    {
      what: 'on a name that is not permitted',
      middle: { extensions: [constraints({ permitted: [dns('example.com')] })] },
    },
    {
      what: 'on an excluded name',
      root: { extensions: [constraints({ excluded: [dns('web.internal')] })] },
    },
    {
      what: 'on an excluded address',
      root: { extensions: [constraints({ excluded: [[10, 0, 0, 0, 255, 0, 0, 0]].map(ip) })] },
      leaf: {
        names: [
          { type: 'dns', value: 'web.internal' },
          { type: 'ip', value: '10.1.2.3' },
        ],
      },
    },
    {
      what: 'on an unknown critical extension',
      leaf: { extensions: [{ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }] },
    },
    { what: 'on another host', leaf: { names: [{ type: 'dns', value: 'db.internal' }] } },
    {
      what: 'on a wildcard',
      leaf: { names: [{ type: 'dns', value: '*.svc.internal' }] },
      host: 'web.svc.internal',
    },
    {
      what: 'on a wildcard for one label only',
      leaf: { names: [{ type: 'dns', value: '*.svc.internal' }] },
      host: 'a.web.svc.internal',
    },
    {
      what: 'on an address',
      leaf: { names: [{ type: 'ip', value: '10.1.2.3' }] },
      host: '10.1.2.3',
    },
    {
      what: 'on an address in a DNS name',
      leaf: { names: [{ type: 'dns', value: '10.1.2.3' }] },
      host: '10.1.2.3',
    },
  ]

  test.each(table)('$what', ({ host = 'web.internal', ...contents }) => {
    const top = makeRoot(contents.root)
    const middle = makeIntermediate(top, contents.middle)
    const bottom = makeLeaf(middle, contents.leaf)
    const options = { roots: [top], intermediates: [middle], host }
    const isTrusted = reasonOf(() => verify(bottom, options)) === undefined
    expect(isTrusted).toBe(isTrustedByOpenssl([top, middle, bottom], host))
  })
})

interface TestOptions extends Partial<Omit<PathOptions, 'roots' | 'intermediates'>> {
  readonly roots?: readonly Entity[]
  readonly intermediates?: readonly Entity[]
}

function verify(
  { certificate }: Entity,
  { roots = [root], intermediates = [], ...options }: TestOptions = {},
): readonly Certificate[] {
  return verifyCertificatePath(certificate, {
    roots: certificatesOf(...roots),
    intermediates: certificatesOf(...intermediates),
    now,
    ...options,
  })
}

function certificatesOf(...entities: readonly Entity[]): Certificate[] {
  return entities.map(({ certificate }) => certificate)
}

/** The reason of the PathError that `act` throws, `undefined` when it throws none. */
function reasonOf(act: () => unknown): PathFailure | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (!(error instanceof PathError)) throw error
    expect(error.code).toBe('path_invalid')
    return error.reason
  }
}

function constraints(lists: {
  readonly permitted?: readonly Uint8Array[]
  readonly excluded?: readonly Uint8Array[]
}): Extension {
  const encode = (tag: number, names: readonly Uint8Array[] = []): Uint8Array[] => {
    return names.length === 0
      ? []
      : [encodeElement(tag, ...names.map((name) => encodeSequence(name)))]
  }
  const value = encodeSequence(
    ...encode(constructed(0), lists.permitted),
    ...encode(constructed(1), lists.excluded),
  )
  return { oid: '2.5.29.30', critical: true, value }
}

function dns(name: string): Uint8Array {
  return encodeElement(primitive(2), new TextEncoder().encode(name))
}

function ip(octets: readonly number[]): Uint8Array {
  return encodeElement(primitive(7), Uint8Array.from(octets))
}

function isTrustedByOpenssl(
  [top, middle, bottom]: [Entity, Entity, Entity],
  host: string,
): boolean {
  using folder = createOpensslFolder()
  const files = { 'root.pem': top, 'intermediate.pem': middle, 'leaf.pem': bottom }
  for (const [name, { certificate }] of Object.entries(files)) {
    folder.write(name, encodeCertificatePem(certificate))
  }
  const time = ['-attime', String(now.getTime() / 1000)]
  const checks = [
    '-x509_strict',
    '-purpose',
    'sslserver',
    isIP(host) ? '-verify_ip' : '-verify_hostname',
    host,
  ]
  const chain = ['-CAfile', 'root.pem', '-untrusted', 'intermediate.pem']
  try {
    folder.run('verify', ...time, ...checks, ...chain, 'leaf.pem')
    return true
  } catch {
    return false
  }
}

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
