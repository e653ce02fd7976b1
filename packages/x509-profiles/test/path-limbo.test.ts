import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import {
  type Certificate,
  type PathOptions,
  ProfileError,
  parseCertificatePem,
  verifyCertificatePath,
} from '../src/index.ts'

const repository = fileURLToPath(new URL('../../..', import.meta.url))
const file = resolve(
  repository,
  process.env.MAYFLY_VECTORS ?? '../shared/vectors',
  'x509-limbo.json',
)

test('x509-limbo: every path is judged as listed', { timeout: 60_000 }, (context) => {
  if (!existsSync(file) && process.env.CI === undefined) {
    context.skip(`no ${file}; name the folder of vectors in MAYFLY_VECTORS`)
  }
  const { testcases }: Limbo = JSON.parse(readFileSync(file, 'utf8'))
  const skipped = new Map<string, number>()
  const wrong: string[] = []
  const slow: string[] = []
  const agreed: string[] = []
  for (const testcase of testcases) {
    const lacking = testcase.features.find((feature) => lackingFeatures.has(feature))
    if (lacking !== undefined) {
      skipped.set(lacking, (skipped.get(lacking) ?? 0) + 1)
      continue
    }
    const start = performance.now()
    const isTrusted = judge(testcase)
    if (performance.now() - start > secondsEach * 1000) slow.push(testcase.id)
    const agrees = isTrusted === (testcase.expected_result === 'SUCCESS')
    if (agrees) agreed.push(testcase.id)
    else if (!disagreements.has(testcase.id)) wrong.push(testcase.id)
  }
  const counts = Array.from(skipped, ([feature, count]) => `${count} ${feature}`).join(', ')
  console.log(
    `x509-limbo: ${agreed.length} agree, ${disagreements.size} differ on purpose, ` +
      `${wrong.length} wrong; skipped: ${counts}`,
  )
  expect(wrong).toEqual([])
  expect(slow).toEqual([])
  expect(agreed.filter((id) => disagreements.has(id))).toEqual([])
  expect(agreed.length).toBeGreaterThanOrEqual(150)
})

function judge(testcase: LimboCase): boolean {
  const { expected_peer_name: peer, max_chain_depth: depth } = testcase
  const [usage = 'serverAuth'] = testcase.extended_key_usage
  const options: PathOptions = {
    roots: testcase.trusted_certs.flatMap(parseReadable),
    intermediates: testcase.untrusted_intermediates.flatMap(parseReadable),
    now: new Date(testcase.validation_time ?? '2026-11-23T08:18:35Z'),
    usage: testcase.validation_kind === 'CLIENT' ? 'any' : usage,
    ...(peer === null ? {} : { host: peer.value }),
    ...(depth === null ? {} : { maximumPathLength: depth }),
  }
  try {
    const [leaf] = parseCertificatePem(testcase.peer_certificate)
    if (leaf === undefined) return false
    verifyCertificatePath(leaf, options)
    return testcase.expected_peer_names.every(({ value }) => {
      return leaf.subjectAltNames.some((name) => name.type === 'email' && name.value === value)
    })
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    return false
  }
}

/** A certificate that cannot be read is none. */
function parseReadable(text: string): Certificate[] {
  try {
    return parseCertificatePem(text)
  } catch (error) {
    if (!(error instanceof ProfileError)) throw error
    return []
  }
}

/** C2SP/x509-limbo: what this test reads of it. */
interface Limbo {
  readonly testcases: readonly LimboCase[]
}

interface LimboCase {
  readonly id: string
  readonly features: readonly string[]
  readonly trusted_certs: readonly string[]
  readonly untrusted_intermediates: readonly string[]
  readonly peer_certificate: string
  readonly validation_kind: 'SERVER' | 'CLIENT'
  readonly validation_time: string | null
  readonly extended_key_usage: readonly ('serverAuth' | 'clientAuth')[]
  readonly expected_peer_name: { readonly value: string } | null
  readonly expected_peer_names: readonly { readonly value: string }[]
  readonly max_chain_depth: number | null
  readonly expected_result: 'SUCCESS' | 'FAILURE'
}

const secondsEach = 5

const lackingFeatures: ReadonlySet<string> = new Set([
  'has-crl', // revocation is not looked at
  'has-policy-constraints', // policies are not processed; policy constraints are refused
  'pedantic-rfc5280', // a root without an authorityKeyIdentifier is trusted all the same
  'pedantic-webpki-eku', // rules of the CA/Browser Forum
  'pedantic-webpki-subscriber-key',
  'pedantic-public-suffix-wildcard', // there is no list of public suffixes
])

const cnRule =
  'a CA/Browser Forum rule on the common name, which says nothing here: only names in the SAN count'
const akiRule =
  'a CA/Browser Forum rule on roots; a root is trusted by choice, whatever its AKI says'
const leafRule =
  'the RFC 5280 case of the pair is followed: a CA certificate may be in the place of a leaf'

const skiRule =
  'a trust anchor is a name and a key (RFC 5280 §6.1.1(d)): an old root that names no key is trusted'

/** Where another answer is right for a private authority. */
const disagreements: ReadonlyMap<string, string> = new Map([
  ['rfc5280::ski::root-missing-ski', skiRule],
  [
    'rfc5280::nc::permitted-dns-match-noncritical',
    'the webpki case of the pair is followed: uncritical name constraints, which step-ca writes by default, are enforced',
  ],
  ['webpki::aki::root-with-aki-missing-keyidentifier', akiRule],
  ['webpki::aki::root-with-aki-authoritycertissuer', akiRule],
  ['webpki::aki::root-with-aki-authoritycertserialnumber', akiRule],
  ['webpki::aki::root-with-aki-all-fields', akiRule],
  ['webpki::aki::root-with-aki-ski-mismatch', akiRule],
  ['webpki::cn::ipv4-hex-mismatch', cnRule],
  ['webpki::cn::ipv4-leading-zeros-mismatch', cnRule],
  ['webpki::cn::ipv6-uppercase-mismatch', cnRule],
  ['webpki::cn::ipv6-uncompressed-mismatch', cnRule],
  ['webpki::cn::ipv6-non-rfc5952-mismatch', cnRule],
  ['webpki::cn::punycode-not-in-san', cnRule],
  ['webpki::cn::utf8-vs-punycode-mismatch', cnRule],
  ['webpki::cn::not-in-san', cnRule],
  ['webpki::cn::case-mismatch', cnRule],
  [
    'webpki::san::san-critical-with-nonempty-subject',
    'RFC 5280 §4.2.1.6 recommends an uncritical SAN beside a subject, and does not demand it',
  ],
  [
    'webpki::malformed-aia',
    'an uncritical extension that path validation does not use is not read',
  ],
  [
    'webpki::forbidden-rsa-not-divisible-by-8-in-root',
    'a CA/Browser Forum rule; an RSA key of 2052 bits is no weaker than one of 2048',
  ],
  ['webpki::ee-basicconstraints-ca', leafRule],
  ['webpki::ca-as-leaf', leafRule],
])
