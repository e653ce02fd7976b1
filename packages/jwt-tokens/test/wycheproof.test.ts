import { beforeEach, describe, expect, test } from 'vitest'
import { decryptJwe, parseJwk, parseJwkSet, TokenError, verifyJws } from '../src/index.ts'
import { loadVectors, missingVectors, vectorsFolder } from './support/vectors.ts'

interface Case {
  readonly tcId: number
  readonly comment: string
  readonly result: 'acceptable' | 'invalid' | 'valid'
  readonly jws?: unknown
  readonly jwe?: unknown
  readonly pt?: string
}

interface Group {
  readonly private: Record<string, unknown>
  readonly public?: Record<string, unknown>
  readonly tests: readonly Case[]
}

/** Cases where this package decides otherwise than the file; each is run, and must be refused. */
const decisions: Record<string, ReadonlyMap<number, string>> = {
  json_web_signature: new Map([
    [346, 'the key says PS256, the token PS384: alg of a key binds'],
    [347, 'the key says ES521, which is no algorithm: alg of a key binds'],
    [350, 'the key says PS256, the token PS384: alg of a key binds'],
    [351, 'the key says ES521, which is no algorithm: alg of a key binds'],
    [372, 'a "?" inside base64url: RFC 7515 section 2 has no such character'],
    [373, 'a "?" inside base64url: RFC 7515 section 2 has no such character'],
  ]),
  json_web_key: new Map(),
  json_web_crypto: new Map(),
  json_web_encryption: new Map([
    ...[100, 101, 102, 103, 104, 105, 112, 128].map(
      (id) => [id, 'RSA1_5 is not on the allow-list'] as const,
    ),
    [135, 'compression (zip) is refused'],
  ]),
}

/** Cases left out: a check this package does not make, or a file that contradicts itself. */
const skipped: Record<string, ReadonlyMap<number, string>> = {
  json_web_signature: new Map([
    [367, 'marked invalid, yet letter for letter the valid case 357'],
    [370, 'marked invalid, yet letter for letter the valid case 357'],
  ]),
  json_web_key: new Map([[7, 'ROCA: weak primes are not looked for']]),
  json_web_crypto: new Map([[46, 'ROCA: weak primes are not looked for']]),
  json_web_encryption: new Map(),
}

/** A MAC must be named by the caller; here all three are. */
const algorithms = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'HS256',
  'HS384',
  'HS512',
] as const

describe('Wycheproof', () => {
  beforeEach(({ skip }) => skip(vectorsFolder === undefined, missingVectors))

  test.each([
    { name: 'json_web_signature', share: 0.95 },
    { name: 'json_web_key', share: 0.95 },
    { name: 'json_web_crypto', share: 0.95 },
    { name: 'json_web_encryption', share: 0.92 },
  ])('$name: nothing wrong', async ({ name, share }) => {
    const { testGroups } = loadVectors<{ testGroups: readonly Group[] }>(
      `wycheproof/${name}_test.json`,
    )
    const cases = testGroups.flatMap((group) => group.tests.map((entry) => ({ group, entry })))
    const wrong: string[] = []
    let run = 0
    for (const { group, entry } of cases) {
      if (skipped[name]?.has(entry.tcId)) continue
      const isDecided = decisions[name]?.has(entry.tcId) === true
      const accepted = await accepts(group, entry)
      const wanted = entry.result === 'valid' && !isDecided
      if (!isDecided) run += 1
      if (accepted !== wanted) wrong.push(`${entry.tcId} ${entry.comment}: ${entry.result}`)
    }
    console.info(
      `wycheproof ${name}: ${run} of ${cases.length} run, ${wrong.length} wrong, ` +
        `${decisions[name]?.size} decided otherwise, ${skipped[name]?.size} skipped`,
    )
    expect(wrong).toEqual([])
    expect(run / cases.length).toBeGreaterThanOrEqual(share)
  })

  test('cases 367 and 370 are left out because they repeat the valid case 357', () => {
    const { testGroups } = loadVectors<{ testGroups: readonly Group[] }>(
      'wycheproof/json_web_signature_test.json',
    )
    const texts = new Map(
      testGroups.flatMap(({ tests }) => tests.map(({ tcId, jws }) => [tcId, jws])),
    )
    expect(texts.get(357)).toBeTypeOf('string')
    expect([texts.get(367), texts.get(370)]).toEqual([texts.get(357), texts.get(357)])
  })
})

/** Only this package's error means refused; any other fails the test. */
async function accepts(group: Group, entry: Case): Promise<boolean> {
  try {
    if (entry.jwe !== undefined) await assertDecrypts(group, entry)
    else await verifyJws(textOf(entry.jws), readKey(group.public ?? group.private), { algorithms })
    return true
  } catch (error) {
    if (error instanceof TokenError) return false
    throw error
  }
}

async function assertDecrypts(group: Group, { jwe, pt }: Case): Promise<void> {
  const jwk = parseJwk(JSON.stringify(group.private))
  const plaintext = await decryptJwe(textOf(jwe), { jwk })
  if (pt !== undefined) expect(Buffer.from(plaintext).toString('hex')).toBe(pt)
}

function readKey(key: Record<string, unknown>): Parameters<typeof verifyJws>[1] {
  return 'keys' in key ? parseJwkSet(JSON.stringify(key)) : parseJwk(JSON.stringify(key))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
