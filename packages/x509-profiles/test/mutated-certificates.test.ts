import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  certificateToJson,
  certificationRequestToJson,
  encodeJson,
  formatCertificateShort,
  formatCertificateText,
  formatCertificationRequestShort,
  formatCertificationRequestText,
  ProfileError,
  parseCertificate,
  parseCertificationRequest,
  parsePem,
  verifyCertificatePath,
} from '../src/index.ts'
import { now } from './support/authority.ts'
import { makeIntermediate, makeLeaf, makeRoot } from './support/path-certificates.ts'

const folder = new URL('vectors/inspect/', import.meta.url)
const samples = readdirSync(folder).flatMap((name) => {
  const text = readFileSync(new URL(`${name}/input.pem`, folder), 'utf8')
  return parsePem(text).map(({ octets, label }) => ({ octets, isRequest: label !== 'CERTIFICATE' }))
})

/** Some octets of a DER value changed, or a piece of it cut out or put in twice. */
function mutations(octets: Uint8Array): fc.Arbitrary<Uint8Array> {
  const position = fc.nat({ max: octets.length - 1 })
  const changed = fc
    .array(fc.tuple(position, fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 })
    .map((changes) => {
      const mutated = octets.slice()
      for (const [at, octet] of changes) mutated[at] = octet
      return mutated
    })
  const spliced = fc.tuple(position, position, position).map(([a, b, c]) => {
    return Uint8Array.from([
      ...octets.subarray(0, a),
      ...octets.subarray(Math.min(b, c), Math.max(b, c)),
    ])
  })
  return fc.oneof({ weight: 4, arbitrary: changed }, spliced)
}

test('mutated certificates and requests are shown or refused by a ProfileError', () => {
  const sample = fc.constantFrom(...samples)
  const mutated = sample.chain(({ octets, isRequest }) => {
    return fc.record({ octets: mutations(octets), isRequest: fc.constant(isRequest) })
  })
  let shown = 0
  fc.assert(
    fc.property(mutated, ({ octets, isRequest }) => {
      try {
        const text = isRequest ? showRequest(octets) : showCertificate(octets)
        expect(text).toContain('X.509v3')
        shown += 1
      } catch (error) {
        expect(error).toBeInstanceOf(ProfileError)
      }
    }),
    { numRuns: 2000 },
  )
  expect(shown).toBeGreaterThan(100)
})

test('no mutation of the leaf or the intermediate leaves the path trusted', () => {
  const root = makeRoot()
  const middle = makeIntermediate(root)
  const leaf = makeLeaf(middle)
  const originals = { leaf: leaf.certificate.der, intermediate: middle.certificate.der }
  const mutated = fc.constantFrom('leaf' as const, 'intermediate' as const).chain((which) => {
    return mutations(originals[which]).map((octets) => ({ ...originals, [which]: octets, which }))
  })
  fc.assert(
    fc.property(mutated, ({ which, ...octets }) => {
      fc.pre(!Buffer.from(octets[which]).equals(originals[which]))
      try {
        verifyCertificatePath(parseCertificate(octets.leaf), {
          roots: [root.certificate],
          intermediates: [parseCertificate(octets.intermediate)],
          now,
        })
      } catch (error) {
        expect(error).toBeInstanceOf(ProfileError)
        return
      }
      expect.unreachable('a mutated certificate is trusted')
    }),
    { numRuns: 1000 },
  )
})

function showCertificate(octets: Uint8Array): string {
  const certificate = parseCertificate(octets)
  const json = encodeJson(certificateToJson(certificate))
  JSON.parse(json)
  return formatCertificateShort(certificate) + formatCertificateText(certificate)
}

function showRequest(octets: Uint8Array): string {
  const request = parseCertificationRequest(octets)
  JSON.parse(encodeJson(certificationRequestToJson(request)))
  return formatCertificationRequestShort(request) + formatCertificationRequestText(request)
}
