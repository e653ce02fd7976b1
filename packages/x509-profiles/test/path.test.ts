import { describe, expect, test } from 'vitest'
import { createName, issue, leafProfile, verifyCertificatePath } from '../src/index.ts'
import { constructed, encodeElement, encodeSequence } from '../src/internal/der.ts'
import { createTestAuthority, leafRequest, now, validityOfDays } from './support/authority.ts'
import { makeIntermediate, makeLeaf, makeRoot } from './support/path-certificates.ts'
import {
  certificatesOf,
  constraints,
  dns,
  intermediate,
  leaf,
  reasonOf,
  root,
  verify,
} from './support/paths.ts'
import { createTestSigner } from './support/signers.ts'

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

  test('the way to an old root that names no key, through certificates that do not either', () => {
    const identifiers = ['2.5.29.14', '2.5.29.35']
    const old = makeRoot({ without: identifiers })
    const middle = makeIntermediate(old, { without: ['2.5.29.35'] })
    const bottom = makeLeaf(middle)
    expect(verify(bottom, { roots: [old], intermediates: [middle] })).toEqual(
      certificatesOf(bottom, middle, old),
    )
    const direct = makeLeaf(old, { without: identifiers })
    expect(verify(direct, { roots: [old] })).toEqual(certificatesOf(direct, old))
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

test('verifyCertificatePath takes no time that is none', () => {
  expect(() => verify(leaf, { now: new Date(Number.NaN) })).toThrow(TypeError)
})

describe('verifyCertificatePath gives up', () => {
  test('on hundreds of authorities of one name', () => {
    const issuer = makeIntermediate(root, { name: 'Maze', without: ['2.5.29.35'] })
    const maze = Array.from({ length: 201 }, () => makeIntermediate(root, { name: 'Maze' }))
    const { certificate, signer } = makeLeaf(issuer)
    const nameless = { certificate: { ...certificate, authorityKeyIdentifier: undefined }, signer }
    expect(reasonOf(() => verify(nameless, { intermediates: maze }))).toBe('budget')
  })

  test('on fewer authorities, where the caller wants fewer signatures verified', () => {
    const top = makeRoot()
    const lower = makeIntermediate(top)
    const below = makeLeaf(lower)
    const options = { roots: [top], intermediates: [lower] }
    expect(reasonOf(() => verify(below, { ...options, maximumSignatures: 1 }))).toBe('budget')
    expect(verify(below, { ...options, maximumSignatures: 2 })).toHaveLength(3)
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

  test('on a long name only after a moment, however many name constraints there are', () => {
    const organization = (value: string): Uint8Array => {
      return createName({ organization: value }).der
    }
    const subtree = encodeElement(constructed(4), organization('Demo'))
    const excluded = new Array<Uint8Array>(20_000).fill(subtree)
    const top = makeRoot({ extensions: [constraints({ excluded })] })
    const name = encodeElement(constructed(4), organization('é'.repeat(30_000)))
    const below = makeLeaf(top, {
      extensions: [{ oid: '2.5.29.17', critical: false, value: encodeSequence(name) }],
    })
    const start = performance.now()
    expect(verify(below, { roots: [top] })).toHaveLength(2)
    expect(performance.now() - start).toBeLessThan(1000)
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
