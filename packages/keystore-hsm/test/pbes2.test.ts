import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  decryptPbes2,
  encryptPbes2,
  maximumPbkdf2Rounds,
  type Pbes2Cipher,
  type Pbes2Hash,
  type Pbes2Parameters,
} from '@mayfly/keystore-hsm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const parameters: Pbes2Parameters = {
  salt: Buffer.alloc(16, 1),
  rounds: 2,
  hash: 'sha256',
  cipher: 'aes-128-cbc',
  iv: Buffer.alloc(16, 2),
}

describe('decryptPbes2', () => {
  test('gives back what encryptPbes2 took', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 100 }),
        fc.string({ unit: 'grapheme' }),
        fc.constantFrom<Pbes2Cipher>('aes-128-cbc', 'aes-192-cbc', 'aes-256-cbc'),
        fc.constantFrom<Pbes2Hash>('sha1', 'sha256', 'sha384', 'sha512'),
        async (message, password, cipher, hash) => {
          const chosen = { ...parameters, cipher, hash }
          const ciphertext = await encryptPbes2(chosen, message, password)
          expect(Buffer.from(await decryptPbes2(chosen, ciphertext, password))).toEqual(
            Buffer.from(message),
          )
        },
      ),
    )
  })

  test.each([
    { rounds: 0 },
    { rounds: -1 },
    { rounds: 1.5 },
    { rounds: Number.NaN },
    { rounds: maximumPbkdf2Rounds + 1 },
    { rounds: Number.MAX_SAFE_INTEGER },
    { iv: Buffer.alloc(8) },
  ])('refuses parameters before it computes: %o', async (wrong) => {
    await expect(
      decryptPbes2({ ...parameters, ...wrong }, Buffer.alloc(16), 'password'),
    ).rejects.toMatchObject({ code: 'key_malformed' })
  })

  test.each([0, 1, 15, 17, 31])('refuses a ciphertext of %d octets', async (length) => {
    await expect(decryptPbes2(parameters, Buffer.alloc(length), 'password')).rejects.toMatchObject({
      code: 'key_decryption_failed',
    })
  })
})

/** A file of C2SP/wycheproof, `testvectors_v1/pbes2_*_test.json`. */
interface VectorFile {
  readonly testGroups: readonly { readonly tests: readonly Vector[] }[]
}

interface Vector {
  readonly tcId: number
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly password: string
  readonly salt: string
  readonly iterationCount: number
  readonly iv: string
  readonly msg: string
  readonly ct: string
}

const suites: readonly { file: string; hash: Pbes2Hash; cipher: Pbes2Cipher }[] = [
  { file: 'pbes2_hmacsha1_aes_128_test', hash: 'sha1', cipher: 'aes-128-cbc' },
  { file: 'pbes2_hmacsha1_aes_256_test', hash: 'sha1', cipher: 'aes-256-cbc' },
  { file: 'pbes2_hmacsha256_aes_128_test', hash: 'sha256', cipher: 'aes-128-cbc' },
  { file: 'pbes2_hmacsha256_aes_192_test', hash: 'sha256', cipher: 'aes-192-cbc' },
  { file: 'pbes2_hmacsha256_aes_256_test', hash: 'sha256', cipher: 'aes-256-cbc' },
  { file: 'pbes2_hmacsha512_aes_256_test', hash: 'sha512', cipher: 'aes-256-cbc' },
]

const repository = new URL('../../..', import.meta.url).pathname
const vectors = resolve(repository, process.env.MAYFLY_VECTORS ?? '../shared/vectors')
const areVectorsMissing = !process.env.CI && !existsSync(vectors)

test('Wycheproof PBES2: every case comes out as published', async (context) => {
  context.skip(areVectorsMissing, `no test vectors at ${vectors}; set MAYFLY_VECTORS`)
  const outcomes = await Promise.all(
    suites.flatMap(({ file, hash, cipher }) =>
      casesOf(file).map(async (vector) => ({
        id: `${file} ${vector.tcId}`,
        isRight: (await judge(vector, hash, cipher)) === (vector.result === 'valid'),
      })),
    ),
  )
  const wrong = outcomes.filter(({ isRight }) => !isRight).map(({ id }) => id)
  console.log(
    `Wycheproof PBES2: ${outcomes.length} of ${outcomes.length} cases run, ${wrong.length} wrong`,
  )
  expect(wrong).toEqual([])
  expect(outcomes.length).toBe(504)
})

async function judge(vector: Vector, hash: Pbes2Hash, cipher: Pbes2Cipher): Promise<boolean> {
  const chosen: Pbes2Parameters = {
    salt: hex(vector.salt),
    rounds: vector.iterationCount,
    hash,
    cipher,
    iv: hex(vector.iv),
  }
  const password = hex(vector.password)
  const plaintext = await decryptPbes2(chosen, hex(vector.ct), password)
  const ciphertext = await encryptPbes2(chosen, hex(vector.msg), password)
  return hex(vector.msg).equals(plaintext) && hex(vector.ct).equals(ciphertext)
}

function casesOf(file: string): readonly Vector[] {
  const parsed: VectorFile = JSON.parse(readFileSync(`${vectors}/wycheproof/${file}.json`, 'utf8'))
  return parsed.testGroups.flatMap(({ tests }) => tests)
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}
