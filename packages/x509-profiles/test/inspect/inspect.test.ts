import { describe, expect, test } from 'vitest'
import {
  certificateToJson,
  createName,
  type Extension,
  encodeJson,
  formatCertificateShort,
  formatCertificateText,
} from '../../src/index.ts'
import { encodeElement, encodeSequence, fromHex } from '../../src/internal/der.ts'
import { makeIntermediate, makeLeaf, makeRoot } from '../support/path-certificates.ts'

const root = makeRoot()
const { certificate } = makeLeaf(root)

describe('formatCertificateShort', () => {
  test.each([
    { what: 'Root CA', shown: root.certificate },
    { what: 'Intermediate CA', shown: makeIntermediate(root).certificate },
    { what: 'Intermediate CA', shown: makeIntermediate(root, { name: 'Root' }).certificate },
    { what: 'TLS', shown: certificate },
  ])('calls it a $what certificate', ({ what, shown }) => {
    expect(formatCertificateShort(shown)).toMatch(new RegExp(`^X.509v3 ${what} Certificate `))
  })

  test('shows control and direction characters of names as escapes', () => {
    const subjectAltNames = [{ type: 'dns', value: 'a\u001b[2Jb' } as const]
    const provisioner = { type: 1, name: 'x\u202ey', credentialId: '' }
    const text = formatCertificateShort({ ...certificate, subjectAltNames, provisioner })
    expect(text).toContain('a\\u001b[2Jb')
    expect(text).toContain('x\\u202ey')
    expect(text).not.toMatch(/[^\P{C}\n]/u)
  })
})

describe('formatCertificateText', () => {
  test('ends the line of an issuer without a name', () => {
    const text = formatCertificateText({ ...certificate, issuer: createName({}) })
    expect(text).toContain('        Issuer:\n        Validity\n')
  })

  test('shows a key of another kind as its octets', () => {
    const ed448 = encodeSequence(
      encodeSequence(fromHex('06032b6571')),
      encodeElement(3, fromHex(`00${'ab'.repeat(16)}`)),
    )
    expect(formatCertificateText({ ...certificate, subjectPublicKeyInfo: ed448 })).toContain(
      `            Public Key Algorithm: 1.3.101.113
                Public-Key:
                Raw Bytes:
                    ab:ab:ab:ab:ab:ab:ab:ab:ab:ab:ab:ab:ab:ab:ab:
                    ab
`,
    )
  })

  test.each(['2.5.29.30', '2.5.29.31', '2.5.29.32', '1.3.6.1.5.5.7.1.1', '2.16.840.1.113730.1.13'])(
    'shows a malformed extension %s as its octets',
    (oid) => {
      const extension: Extension = { oid, critical: true, value: fromHex('040141') }
      const text = formatCertificateText({ ...certificate, extensions: [extension] })
      expect(text).toContain(`            ${oid}: critical\n                ..A\n`)
    },
  )
})

test('formatCertificateText quotes a name that would read as two', () => {
  const names = [{ type: 'dns', value: 'a.example, DNS:b.example' } as const]
  const text = formatCertificateText(makeLeaf(root, { names }).certificate)
  expect(text).toContain('  DNS:"a.example, DNS:b.example"\n')
})

test('a key of a million bits is shown as its octets, for its numbers take too long to write', () => {
  const number = encodeElement(2, new Uint8Array(400_000).fill(0x55))
  const bits = encodeElement(3, Uint8Array.of(0), encodeSequence(number, number))
  const algorithm = encodeSequence(fromHex('06092a864886f70d0101010500'))
  const huge = { ...certificate, subjectPublicKeyInfo: encodeSequence(algorithm, bits) }
  expect(formatCertificateText(huge)).toContain('Public Key Algorithm: 1.2.840.113549.1.1.1\n')
})

describe('certificateToJson', () => {
  test('calls the signature valid only where its own key verifies it', () => {
    const { certificate: self } = root
    const signature = self.signature.with(-1, (self.signature.at(-1) ?? 0) ^ 1)
    expect(certificateToJson(self).signature).toMatchObject({ valid: true, self_signed: true })
    expect(certificateToJson(certificate).signature).toMatchObject({ valid: false })
    expect(certificateToJson({ ...self, signature }).signature).toMatchObject({
      valid: false,
      self_signed: false,
    })
  })

  test('lists a malformed extension among the unknown ones', () => {
    const extension: Extension = { oid: '2.5.29.30', critical: true, value: fromHex('0500') }
    expect(certificateToJson({ ...certificate, extensions: [extension] })).toMatchObject({
      extensions: {},
      unknown_extensions: [{ id: '2.5.29.30', critical: true, value: 'BQA=' }],
    })
  })

  test.each([
    { name: 'web.internal', isListed: true },
    { name: 'localhost', isListed: true },
    { name: '*.example.com', isListed: true },
    { name: 'a_b.com', isListed: true },
    { name: '10.0.0.1', isListed: true },
    { name: '224.0.0.1', isListed: false },
    { name: '*.com', isListed: false },
    { name: 'foo.*.com', isListed: false },
    { name: '-a.com', isListed: false },
    { name: 'a..b', isListed: false },
    { name: 'a.com1', isListed: false },
    { name: '_srv._tcp.a.com', isListed: false },
    { name: 'a b.com', isListed: false },
  ])('lists DNS name $name in names: $isListed', ({ name, isListed }) => {
    const subjectAltNames = [{ type: 'dns', value: name } as const]
    const { names } = certificateToJson({ ...certificate, subjectAltNames })
    expect(names).toEqual(isListed ? [name] : undefined)
  })

  test('tells that a label was blotted out', () => {
    const subjectAltNames = [{ type: 'dns', value: '?.example.com' } as const]
    expect(certificateToJson({ ...certificate, subjectAltNames })).toMatchObject({
      names: ['?.example.com'],
      redacted: true,
    })
  })
})

describe('encodeJson', () => {
  test.each([
    { value: 'a<b>&c\u2028\u2029', text: '"a\\u003cb\\u003e\\u0026c\\u2028\\u2029"' },
    { value: 'tab\t "quote" \\ \u0000é', text: '"tab\\t \\"quote\\" \\\\ \\u0000é"' },
    {
      value: '\u007f\u009b\u202e\u{e0041}',
      text: '"\\u007f\\u009b\\u202e\\udb40\\udc41"',
    },
    { value: '\ud800', text: '"\ufffd"' },
    { value: 2n ** 70n, text: '1180591620717411303424' },
    { value: null, text: 'null' },
    { value: [], text: '[]' },
    { value: {}, text: '{}' },
    { value: { b: [1, true], a: {} }, text: '{\n  "b": [\n    1,\n    true\n  ],\n  "a": {}\n}' },
  ])('writes $text', ({ value, text }) => {
    expect(encodeJson(value)).toBe(text)
  })
})
