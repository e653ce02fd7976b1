import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  encodePrivateKeyPem,
  generatePrivateKey,
  isEncryptedPrivateKeyPem,
  KeystoreError,
  type KeyType,
  type Pbes2WritingCipher,
  parsePrivateKeyPem,
} from '@mayfly/keystore-hsm'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const password = 'password'
const opensslKey = '73e3f659c00cd8e02791dcbbfc8efe4835aaae4bf98f9344799a8f8ae96567ad'

describe('parsePrivateKeyPem', () => {
  // The hashes of the public keys' SPKI were made by openssl.
  test.each([
    ['openssl-ec-p256-sec1', opensslKey],
    ['openssl-ec-p256-pkcs8', opensslKey],
    ['openssl-ed25519-pkcs8', '4bbd0660ec6c1ea205c49ed4a8bf632b3c385c4b6ea8910623dcf94334d370d4'],
    ['openssl-rsa-2048-pkcs1', '26003ebbfc9779f6b84a647b2c6ce475400ac95a2430062fed36a24cf71cbb14'],
    ['step-ec-p521-sec1', '0e5b873b9d9895c27e4a58fcfe34d344b5c2357f827b7f70212a8f2b8d22b566'],
    ['openssh-ed25519', 'a612034d5fd27bd5be21a54c7b1cb891fe4fbd8433e7fb8b4248ed7962e1345d'],
    ['openssh-ecdsa-p384', '83d246e7a2cba8470f4ef5313fd3ca096b9034792fdfd6484beee1a5f00613ce'],
    ['openssh-rsa-2048', '8260ce1635213a194cfa5a8ba164e150cd4b6ba4e28b995c91a4a875f11d1a60'],
  ])('reads %s without a password', async (file, hash) => {
    expect(isEncryptedPrivateKeyPem(read(file))).toBe(false)
    expect(hashOf(await parsePrivateKeyPem(read(file)))).toBe(hash)
  })

  test.each([
    ['openssl-ec-p256-legacy-des-cbc', opensslKey],
    ['openssl-ec-p256-legacy-des-ede3-cbc', opensslKey],
    ['openssl-ec-p256-legacy-aes-128-cbc', opensslKey],
    ['openssl-ec-p256-legacy-aes-192-cbc', opensslKey],
    ['openssl-ec-p256-legacy-aes-256-cbc', opensslKey],
    [
      'openssl-rsa-2048-legacy-aes-256-cbc',
      '26003ebbfc9779f6b84a647b2c6ce475400ac95a2430062fed36a24cf71cbb14',
    ],
    ['openssl-ec-p256-pbes2-hmacsha1-aes-128-cbc', opensslKey],
    ['openssl-ec-p256-pbes2-hmacsha1-des-cbc', opensslKey],
    ['openssl-ec-p256-pbes2-hmacsha1-des3', opensslKey],
    ['openssl-ec-p256-pbes2-hmacsha256-aes-192-cbc', opensslKey],
    ['openssl-ec-p256-pbes2-hmacsha384-aes-256-cbc', opensslKey],
    ['openssl-ec-p256-pbes2-hmacsha512-aes-256-cbc', opensslKey],
    [
      'step-ec-p256-legacy-aes-256-cbc',
      '46b1103589b33f82c626071a8559b28926528b4f2ef0132a9c86d686062d0c4f',
    ],
    [
      'step-ec-p384-legacy-aes-256-cbc',
      'b3edde30cd5c7a157b81a2da481feb379fce674bd4b85320cb0872ea42af1404',
    ],
    ['step-ed25519-pbes2', '24e106a8f8d0959257f1e8d832c328f0cc159a6954ae5bf6f20b3741216d2e2d'],
    [
      'step-ca-init-root_ca_key',
      'c6303ad6c3df784d9441fa7fdfad8470af61e0d8d788109e922267a42e1b6621',
    ],
  ])('reads %s with its password alone', async (file, hash) => {
    const text = read(file)
    expect(isEncryptedPrivateKeyPem(text)).toBe(true)
    expect(hashOf(await parsePrivateKeyPem(text, { password }))).toBe(hash)
    await expect(
      parsePrivateKeyPem(text, { password: 'Password', name: 'root_ca_key' }),
    ).rejects.toMatchObject({
      code: 'key_decryption_failed',
      message: 'error decrypting root_ca_key: x509: decryption password incorrect',
    })
    await expect(parsePrivateKeyPem(text)).rejects.toMatchObject({ code: 'password_missing' })
  })

  test.each([
    {
      file: 'openssl-ec-p256-pbes1-3des',
      code: 'key_type_unsupported',
      message: 'error decrypting a.key: unsupported encrypted PEM: only PBES2 is supported',
    },
    {
      file: 'openssl-ec-p256-scrypt',
      code: 'key_type_unsupported',
      message: 'error decrypting a.key: unsupported encrypted PEM: only PBKDF2 is supported',
    },
    {
      file: 'openssl-ec-p256-pbes2-hmacmd5',
      code: 'key_type_unsupported',
      message:
        'error decrypting a.key: unsupported encrypted PEM: PBKDF2 with 1.2.840.113549.2.6 is not supported',
    },
    {
      file: 'openssl-ec-p256-pbes2-aria-128-cbc',
      code: 'key_type_unsupported',
      message:
        'error decrypting a.key: unsupported encrypted PEM: cipher 1.2.410.200046.1.1.2 is not supported',
    },
    {
      file: 'openssh-ed25519-encrypted',
      code: 'key_type_unsupported',
      message: 'OpenSSH private key encrypted with aes256-ctr is not supported',
    },
    {
      file: 'openssl-ec-secp256k1-sec1',
      code: 'key_type_unsupported',
      message: 'key type EC secp256k1 is not supported',
    },
    {
      file: 'openssl-rsa-1024-pkcs1',
      code: 'key_too_weak',
      message: 'the size of the RSA key should be at least 2048 bits, not 1024',
    },
    {
      file: 'openssl-ecparam-two-blocks',
      code: 'key_malformed',
      message: 'error decoding a.key: contains more than one PEM encoded block',
    },
  ])('refuses $file: $message', async ({ file, code, message }) => {
    await expect(parsePrivateKeyPem(read(file), { password, name: 'a.key' })).rejects.toMatchObject(
      { code, message },
    )
  })

  test.each([
    { text: '', message: 'not a valid PEM encoded block' },
    { text: '{"kty":"EC"}', message: 'not a valid PEM encoded block' },
    {
      text: '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA',
      message: 'not a valid PEM encoded block',
    },
    {
      text: '-----BEGIN PRIVATE KEY-----\nMC4C!QAw\n-----END PRIVATE KEY-----',
      message: 'not a valid PEM encoded block',
    },
    {
      text: '-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----',
      message: 'not a valid PEM encoded block',
    },
    {
      text: '-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----',
      message: "contains an unexpected header 'PUBLIC KEY'",
    },
  ])('refuses $text', async ({ text, message }) => {
    await expect(parsePrivateKeyPem(text, { name: 'a.key' })).rejects.toMatchObject({
      code: 'key_malformed',
      message: `error decoding a.key: ${message}`,
    })
  })

  test('refuses two blocks whatever the second is', async () => {
    const key = read('openssl-ec-p256-pkcs8')
    for (const second of [key, '-----BEGIN CERTIFICATE-----\n']) {
      await expect(parsePrivateKeyPem(key + second)).rejects.toMatchObject({
        code: 'key_malformed',
        message: expect.stringContaining('contains more than one PEM encoded block'),
      })
    }
  })

  test('reads over text around the block, a byte order mark and Windows line ends', async () => {
    const key = read('openssl-ec-p256-pkcs8')
    for (const text of [
      `\uFEFF${key}`,
      key.replaceAll('\n', '\r\n'),
      `friendlyName: x\n${key}bye\n`,
    ]) {
      expect(hashOf(await parsePrivateKeyPem(text))).toBe(opensslKey)
    }
  })

  test('meets damaged files with its own error or the right key', { timeout: 60_000 }, async () => {
    const files = [
      'openssl-ec-p256-sec1',
      'openssl-ed25519-pkcs8',
      'openssh-rsa-2048',
      'openssl-ec-p256-legacy-aes-128-cbc',
      'openssl-ec-p256-pbes2-hmacsha1-aes-128-cbc',
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        fc.nat(),
        fc.nat(255),
        async (file, at, octet) => {
          const damaged = damage(read(file), at, octet)
          try {
            expect((await parsePrivateKeyPem(damaged, { password })).type).toBe('private')
          } catch (error) {
            expect(error).toBeInstanceOf(KeystoreError)
          }
        },
      ),
    )
  })

  test('loads no ASN.1 library to read a key that is not encrypted', () => {
    const script = `
      import { registerHooks } from 'node:module'
      const loaded = []
      registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) })
      const { parsePrivateKeyPem } = await import(${JSON.stringify(entryPoint)})
      await parsePrivateKeyPem(${JSON.stringify(read('openssl-ec-p256-pkcs8'))})
      console.log(loaded.filter((url) => url.includes('asn1')).length)
    `
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script])
    expect(output.toString().trim()).toBe('0')
  })
})

describe('encodePrivateKeyPem', () => {
  const types: [KeyType, string][] = [
    [{ kty: 'EC', crv: 'P-256' }, 'EC PRIVATE KEY'],
    [{ kty: 'EC', crv: 'P-384' }, 'EC PRIVATE KEY'],
    [{ kty: 'EC', crv: 'P-521' }, 'EC PRIVATE KEY'],
    [{ kty: 'OKP', crv: 'Ed25519' }, 'PRIVATE KEY'],
    [{ kty: 'RSA', size: 2048 }, 'RSA PRIVATE KEY'],
  ]

  test.each(types)('writes %o as step does, and openssl reads it', async (type, label) => {
    const key = await generatePrivateKey(type)
    const pem = await encodePrivateKeyPem(key)
    expect(pem.split('\n')[0]).toBe(`-----BEGIN ${label}-----`)
    expect(opensslHashOf(pem)).toBe(hashOf(key))
    expect((await parsePrivateKeyPem(pem)).equals(key)).toBe(true)
  })

  test.each(types)('encrypts %o, and openssl reads it', async (type) => {
    const key = await generatePrivateKey(type)
    const pem = await encodePrivateKeyPem(key, { password })
    expect(pem.split('\n')[0]).toBe('-----BEGIN ENCRYPTED PRIVATE KEY-----')
    expect(opensslHashOf(pem, password)).toBe(hashOf(key))
    expect((await parsePrivateKeyPem(pem, { password })).equals(key)).toBe(true)
  })

  const ciphers: (Pbes2WritingCipher | undefined)[] = [
    undefined,
    'aes-128-cbc',
    'aes-192-cbc',
    'aes-256-cbc',
  ]
  test.each(ciphers)('writes PBES2 with 600 000 rounds of HMAC-SHA256 and %s', async (cipher) => {
    const key = await generatePrivateKey()
    const pem = await encodePrivateKeyPem(key, { password, ...(cipher && { cipher }) })
    const structure = openssl(['asn1parse'], pem)
    expect(structure).toMatch(/:PBES2[\s\S]*:PBKDF2[\s\S]*INTEGER +:0927C0[\s\S]*:hmacWithSHA256/)
    expect(structure).toContain(`:${cipher ?? 'aes-128-cbc'}`)
    expect(opensslHashOf(pem, password)).toBe(hashOf(key))
  })

  test('takes any text for a password, in UTF-8 as openssl does', async () => {
    const key = await generatePrivateKey()
    for (const text of ['pässwörd', '密码 \u{1F511}', 'a'.repeat(300)]) {
      const pem = await encodePrivateKeyPem(key, { password: text })
      expect(opensslHashOf(pem, text)).toBe(hashOf(key))
    }
  })

  test('never writes the same octets twice', async () => {
    const key = await generatePrivateKey()
    expect(await encodePrivateKeyPem(key, { password })).not.toBe(
      await encodePrivateKeyPem(key, { password }),
    )
  })

  test('refuses an empty password', async () => {
    const key = await generatePrivateKey()
    await expect(encodePrivateKeyPem(key, { password: '' })).rejects.toMatchObject({
      code: 'password_missing',
    })
  })

  test('refuses fewer rounds than 600 000: the caller erred', async () => {
    const key = await generatePrivateKey()
    await expect(encodePrivateKeyPem(key, { password, rounds: 599_999 })).rejects.toThrow(TypeError)
    const pem = await encodePrivateKeyPem(key, { password, rounds: 600_001 })
    expect((await parsePrivateKeyPem(pem, { password })).equals(key)).toBe(true)
  })

  test('reads again what it writes with 2²³ rounds, which DER writes in four octets', async () => {
    const key = await generatePrivateKey()
    const pem = await encodePrivateKeyPem(key, { password, rounds: 2 ** 23 })
    expect((await parsePrivateKeyPem(pem, { password })).equals(key)).toBe(true)
  })

  test('hides key and password from messages', async () => {
    const key = await generatePrivateKey()
    const pem = await encodePrivateKeyPem(key, { password: 'correct horse' })
    const error = await parsePrivateKeyPem(pem, { password: 'battery staple' }).catch(String)
    expect(error).not.toMatch(/horse|staple/)
  })
})

describe('a message leaves nothing for a terminal to obey', () => {
  const red = '\u001b[31m'
  const sshText = (text: string): Buffer => {
    const octets = Buffer.from(text, 'latin1')
    const length = Buffer.alloc(4)
    length.writeUInt32BE(octets.length)
    return Buffer.concat([length, octets])
  }
  const ssh = Buffer.concat([Buffer.from('openssh-key-v1\0'), sshText(`${red}\n\u009b`)])

  test.each([
    { what: 'a label', label: `${red}X`, body: 'AAAA' },
    {
      what: 'DEK-Info',
      label: 'EC PRIVATE KEY',
      body: `Proc-Type: 4,ENCRYPTED\nDEK-Info: ${red}X,00\n\nAAAA`,
    },
    { what: 'a cipher', label: 'OPENSSH PRIVATE KEY', body: ssh.toString('base64') },
  ])('of $what', async ({ label, body }) => {
    const text = `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`
    const error = await parsePrivateKeyPem(text, { password }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(KeystoreError)
    expect(String(error)).toMatch(/\\u001b\[31m/)
    expect(String(error)).toMatch(/^[\x20-\x7e]*$/)
  })
})

const entryPoint = new URL('../src/index.ts', import.meta.url).href

function read(file: string): string {
  return readFileSync(new URL(`vectors/keys/${file}.pem`, import.meta.url), 'utf8')
}

function hashOf(key: KeyObject): string {
  return sha256(createPublicKey(key).export({ format: 'der', type: 'spki' }))
}

function opensslHashOf(pem: string, passphrase = ''): string {
  return sha256(
    execFileSync('openssl', ['pkey', '-passin', 'env:PASSPHRASE', '-pubout', '-outform', 'DER'], {
      input: pem,
      env: { ...process.env, PASSPHRASE: passphrase },
    }),
  )
}

function openssl(args: readonly string[], input: string): string {
  return execFileSync('openssl', args, { input, encoding: 'utf8' })
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex')
}

/** Sets one octet of the block's contents. */
function damage(pem: string, at: number, octet: number): string {
  const match =
    /^(-----BEGIN [\s\S]*?\n(?:[\s\S]*?\n\n)?)([A-Za-z0-9+/=\n]+)(-----END [\s\S]*)$/.exec(pem)
  const [, begin = '', body = '', end = ''] = match ?? []
  const octets = Buffer.from(body, 'base64')
  octets[at % octets.length] = octet
  return `${begin}${octets.toString('base64')}\n${end}`
}
