import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createName } from '../src/index.ts'
import type { AnyGeneralName } from '../src/internal/any-general-name.ts'
import {
  constructed,
  DerError,
  encodeElement,
  encodeSequence,
  fromHex,
} from '../src/internal/der.ts'
import { findNameFault, parseNameConstraints } from '../src/name-constraints.ts'

const dns = (text: string): AnyGeneralName => ({ kind: 'dns', text })
const email = (text: string): AnyGeneralName => ({ kind: 'email', text })
const uri = (text: string): AnyGeneralName => ({ kind: 'uri', text })
const ip = (hex: string): AnyGeneralName => ({ kind: 'ip', octets: fromHex(hex) })
const directory = (name: Parameters<typeof createName>[0]): AnyGeneralName => {
  return { kind: 'directory', name: createName(name) }
}

interface Pair {
  readonly name: AnyGeneralName
  readonly subtree: AnyGeneralName
}

const inside: readonly Pair[] = [
  { name: dns('example.com'), subtree: dns('example.com') },
  { name: dns('a.b.EXAMPLE.com'), subtree: dns('example.COM') },
  { name: dns('*.example.com'), subtree: dns('example.com') },
  { name: dns('anything.at.all'), subtree: dns('') },
  { name: email('a@example.com'), subtree: email('a@EXAMPLE.com') },
  { name: email('a@example.com'), subtree: email('example.com') },
  { name: email('a@b.example.com'), subtree: email('.example.com') },
  { name: uri('https://example.com/x'), subtree: uri('example.com') },
  { name: uri('spiffe://user@a.example.com:443?x'), subtree: uri('.example.com') },
  { name: ip('0a010203'), subtree: ip('0a000000ff000000') },
  { name: ip('0a010203'), subtree: ip('0000000000000000') },
  {
    name: ip(`20010db8${'00'.repeat(12)}`),
    subtree: ip(`20010db8${'00'.repeat(12)}ffffffff${'00'.repeat(12)}`),
  },
  {
    name: directory({ organization: 'Demo', commonName: 'x' }),
    subtree: directory({ organization: ' demo' }),
  },
  { name: directory({ commonName: 'x' }), subtree: directory({}) },
]

const outside: readonly Pair[] = [
  { name: dns('notexample.com'), subtree: dns('example.com') },
  { name: dns('com'), subtree: dns('example.com') },
  { name: dns('*.com'), subtree: dns('a.example.com') },
  { name: email('A@example.com'), subtree: email('a@example.com') },
  { name: email('a@b.example.com'), subtree: email('example.com') },
  { name: email('a@example.com'), subtree: email('.example.com') },
  { name: uri('https://a.example.com'), subtree: uri('example.com') },
  { name: uri('https://example.com'), subtree: uri('.example.com') },
  { name: uri('https://example.com@evil.org'), subtree: uri('example.com') },
  { name: ip('0b010203'), subtree: ip('0a000000ff000000') },
  { name: ip('0a010203'), subtree: ip(`${'00'.repeat(32)}`) },
  { name: directory({ commonName: 'x' }), subtree: directory({ organization: 'Demo' }) },
  { name: directory({}), subtree: directory({ organization: 'Demo' }) },
]

const unfit: readonly Pair[] = [
  { name: dns('example.com'), subtree: dns('.example.com') },
  { name: dns('example.com'), subtree: dns('*.example.com') },
  { name: dns('example.com'), subtree: dns('example.com.') },
  { name: dns('.example.com'), subtree: dns('example.com') },
  { name: dns('web_1.example.com'), subtree: dns('example.com') },
  { name: email('example.com'), subtree: email('example.com') },
  { name: email('a@b@example.com'), subtree: email('example.com') },
  { name: email('a@example.com'), subtree: email('@example.com') },
  { name: uri('urn:uuid:1'), subtree: uri('example.com') },
  { name: uri('https://10.0.0.1/'), subtree: uri('example.com') },
  { name: uri('https://[::1]/'), subtree: uri('example.com') },
  { name: uri('https://evil.org\\\\@example.com/'), subtree: uri('example.com') },
  { name: ip('0a010203'), subtree: ip('0a000000') },
  { name: ip('0a010203'), subtree: ip('0a000000ff00ff00') },
  { name: ip('0a0102'), subtree: ip('0a000000ff000000') },
  { name: { kind: 'registeredId', oid: '1.2' }, subtree: { kind: 'registeredId', oid: '1.2' } },
  { name: { kind: 'x400' }, subtree: { kind: 'x400' } },
]

describe('findNameFault', () => {
  test.each(inside)('finds $name inside $subtree', ({ name, subtree }) => {
    expect(faultOf({ permitted: [subtree] }, name)).toBe(undefined)
    expect(faultOf({ excluded: [subtree] }, name)).toMatch(/ is excluded by /)
  })

  test.each(outside)('finds $name outside $subtree', ({ name, subtree }) => {
    expect(faultOf({ permitted: [subtree] }, name)).toMatch(/ is not permitted, only /)
    expect(faultOf({ excluded: [subtree] }, name)).toBe(undefined)
  })

  test.each(unfit)(
    'refuses $name whether $subtree is permitted or excluded',
    ({ name, subtree }) => {
      expect(faultOf({ permitted: [subtree] }, name)).toBeTypeOf('string')
      expect(faultOf({ excluded: [subtree] }, name)).toBeTypeOf('string')
    },
  )

  test('excludes a wildcard that stands for an excluded name, and does not permit it', () => {
    const name = dns('*.example.com')
    const subtree = dns('bar.example.com')
    expect(faultOf({ excluded: [subtree] }, name)).toMatch(/excluded/)
    expect(faultOf({ permitted: [subtree] }, name)).toMatch(/not permitted/)
    expect(faultOf({ excluded: [dns('foo.bar.example.com')] }, name)).toBe(undefined)
  })

  test('says nothing of names of other kinds', () => {
    const constraints = { permitted: [ip('0a000000ff000000')], excluded: [email('example.com')] }
    expect(faultOf(constraints, dns('example.com'))).toBe(undefined)
  })

  test('lets an excluded subtree go before a permitted one', () => {
    const subtree = dns('example.com')
    expect(faultOf({ permitted: [subtree], excluded: [subtree] }, subtree)).toMatch(/excluded/)
  })

  test('finds every subdomain inside its domain, and no other domain', () => {
    const label = fc.stringMatching(/^[a-z]([a-z0-9-]{0,8}[a-z])?$/)
    fc.assert(
      fc.property(label, label, label, (below, domain, top) => {
        const subtree = dns(`${domain}.${top}`)
        expect(faultOf({ permitted: [subtree] }, dns(`${below}.${domain}.${top}`))).toBe(undefined)
        expect(faultOf({ permitted: [subtree] }, dns(`${below}${domain}.${top}`))).toBeTypeOf(
          'string',
        )
      }),
    )
  })

  test('finds exactly the addresses inside a range', () => {
    const octet = fc.integer({ min: 0, max: 255 })
    const address = fc.tuple(octet, octet, octet, octet)
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 32 }), (name, base, prefix) => {
        const toNumber = (octets: readonly number[]): number => Buffer.from(octets).readUInt32BE()
        const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0
        const maskHex = mask.toString(16).padStart(8, '0')
        const subtree = ip(Buffer.from(base).toString('hex') + maskHex)
        const isInside = ((toNumber(name) ^ toNumber(base)) & mask) === 0
        const fault = faultOf(
          { permitted: [subtree] },
          { kind: 'ip', octets: Uint8Array.from(name) },
        )
        expect(fault === undefined).toBe(isInside)
      }),
    )
  })
})

describe('parseNameConstraints', () => {
  test.each([
    { what: 'no list', value: encodeSequence() },
    { what: 'an empty list', value: encodeSequence(encodeElement(constructed(0))) },
    { what: 'a list twice', value: encodeSequence(list(0), list(0)) },
    { what: 'lists out of order', value: encodeSequence(list(1), list(0)) },
    { what: 'a minimum', value: encodeSequence(list(0, encodeElement(0x80, Uint8Array.of(0)))) },
    { what: 'a maximum', value: encodeSequence(list(0, encodeElement(0x81, Uint8Array.of(1)))) },
    { what: 'a trailing octet', value: Uint8Array.from([...encodeSequence(list(0)), 0]) },
  ])('refuses $what', ({ value }) => {
    expect(() => parseNameConstraints(value)).toThrow(DerError)
  })

  test('reads both lists', () => {
    expect(parseNameConstraints(encodeSequence(list(0), list(1)))).toEqual({
      permitted: [dns('a.b')],
      excluded: [dns('a.b')],
    })
  })
})

function faultOf(
  lists: { readonly permitted?: AnyGeneralName[]; readonly excluded?: AnyGeneralName[] },
  name: AnyGeneralName,
): string | undefined {
  return findNameFault({ permitted: [], excluded: [], ...lists }, [name], () => undefined)
}

function list(number: number, ...more: Uint8Array[]): Uint8Array {
  const name = encodeElement(0x82, new TextEncoder().encode('a.b'))
  return encodeElement(constructed(number), encodeSequence(name, ...more))
}
