import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseSubjectPublicKeyInfo, verifySignature } from '../src/index.ts'

const folder =
  process.env.MAYFLY_VECTORS ??
  fileURLToPath(new URL('../../../../shared/vectors', import.meta.url))

/** C2SP/wycheproof, testvectors_v1: what this test reads of it. */
interface SignatureVectors {
  readonly numberOfTests: number
  readonly testGroups: readonly {
    readonly publicKeyDer: string
    readonly tests: readonly {
      readonly tcId: number
      readonly msg: string
      readonly sig: string
      readonly result: 'valid' | 'invalid' | 'acceptable'
    }[]
  }[]
}

describe('Wycheproof', () => {
  test.for([
    { file: 'ecdsa_secp256r1_sha256', algorithm: 'ES256' },
    { file: 'ecdsa_secp384r1_sha384', algorithm: 'ES384' },
    { file: 'ed25519', algorithm: 'Ed25519' },
    { file: 'rsa_signature_2048_sha256', algorithm: 'RS256' },
  ] as const)('$file: verifySignature is never wrong', ({ file, algorithm }, context) => {
    const path = `${folder}/wycheproof/${file}_test.json`
    if (!existsSync(path) && process.env.CI === undefined) {
      context.skip(`no vectors at ${folder}; name their folder in MAYFLY_VECTORS`)
    }
    const vectors: SignatureVectors = JSON.parse(readFileSync(path, 'utf8'))
    const wrong: number[] = []
    let run = 0
    for (const { publicKeyDer, tests } of vectors.testGroups) {
      const publicKey = parseSubjectPublicKeyInfo(Buffer.from(publicKeyDer, 'hex'))
      for (const { tcId, msg, sig, result } of tests) {
        const message = Buffer.from(msg, 'hex')
        const isValid = verifySignature(algorithm, publicKey, message, Buffer.from(sig, 'hex'))
        run += 1
        if (result !== 'acceptable' && isValid !== (result === 'valid')) wrong.push(tcId)
      }
    }
    console.log(
      `Wycheproof ${file}: ${run} of ${vectors.numberOfTests} cases run, ${wrong.length} wrong`,
    )
    expect(wrong).toEqual([])
    expect(run / vectors.numberOfTests).toBeGreaterThanOrEqual(0.95)
  })
})
