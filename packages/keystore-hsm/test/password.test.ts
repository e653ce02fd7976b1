import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generatePassword, loadPasswordFile } from '@mayfly/keystore-hsm'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'mayfly-password-'))
afterAll(() => rmSync(folder, { recursive: true }))

function passwordFile(contents: string | Uint8Array): string {
  const path = join(folder, 'password.txt')
  writeFileSync(path, contents)
  return path
}

describe('loadPasswordFile', () => {
  test.each([
    { contents: 'secret', password: 'secret' },
    { contents: 'secret\n', password: 'secret' },
    { contents: 'secret \t\r\n\v\f\n', password: 'secret' },
    {
      contents: 'secret\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000',
      password: 'secret',
    },
    { contents: '  two words\n', password: '  two words' },
    { contents: 'first\nsecond\n', password: 'first\nsecond' },
    { contents: 'zero width stays\ufeff\u200b', password: 'zero width stays\ufeff\u200b' },
    { contents: '\ufeffmark', password: '\ufeffmark' },
    { contents: 'pässwörd\n', password: 'pässwörd' },
  ])('reads $contents', async ({ contents, password }) => {
    expect(await loadPasswordFile(passwordFile(contents))).toBe(password)
  })

  test.each(['', '\n', ' \t\u00a0\r\n'])('refuses a file with nothing but %j', async (contents) => {
    await expect(loadPasswordFile(passwordFile(contents))).rejects.toMatchObject({
      code: 'password_missing',
    })
  })

  test('takes time in proportion to long white space', async () => {
    const inner = ' '.repeat(1_000_000)
    expect(await loadPasswordFile(passwordFile(`a${inner}b${inner}`))).toBe(`a${inner}b`)
  })

  test('refuses text that is not UTF-8 rather than change it', async () => {
    await expect(
      loadPasswordFile(passwordFile(Buffer.from([0x70, 0xe4, 0x73]))),
    ).rejects.toMatchObject({ code: 'password_file_unreadable' })
  })

  test('says which file cannot be read, and why', async () => {
    const missing = join(folder, 'missing.txt')
    await expect(loadPasswordFile(missing)).rejects.toMatchObject({
      code: 'password_file_unreadable',
      message: `error reading "${missing}": no such file or directory`,
    })
    await expect(loadPasswordFile(folder)).rejects.toMatchObject({
      code: 'password_file_unreadable',
    })
  })
})

describe('generatePassword', () => {
  test('draws 32 letters and digits, new ones each time', () => {
    const passwords = new Set(Array.from({ length: 100 }, () => generatePassword()))
    expect(passwords.size).toBe(100)
    for (const password of passwords) expect(password).toMatch(/^[A-Za-z0-9]{32}$/)
  })

  test('gives each character four octets out of 256 and throws the rest away', () => {
    const drawn = [...Array(256).keys()].map((octet) => {
      let draws = 0
      const password = generatePassword((length) =>
        new Uint8Array(length).fill(draws++ === 0 ? octet : 0),
      )
      return draws === 1 ? password.charAt(0) : undefined
    })
    const counts = Map.groupBy(drawn, (character) => character)
    expect(counts.get(undefined)).toHaveLength(8)
    counts.delete(undefined)
    expect(counts.size).toBe(62)
    for (const octets of counts.values()) expect(octets).toHaveLength(4)
  })

  test('needs no more than it is given', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32, max: 247 }), (octets) => {
        expect(generatePassword(() => octets)).toHaveLength(32)
      }),
    )
  })
})
