import { execFile } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import {
  encodeOpenSshPrivateKey,
  encodeSshPublicKey,
  generatePrivateKey,
  isSshPublicKey,
  KeystoreError,
  type KeyType,
  parsePrivateKeyPem,
  parseSshPublicKey,
  sshTypeOf,
} from '../src/index.ts'

const types: readonly KeyType[] = [
  { kty: 'EC', crv: 'P-256' },
  { kty: 'EC', crv: 'P-384' },
  { kty: 'EC', crv: 'P-521' },
  { kty: 'OKP', crv: 'Ed25519' },
  { kty: 'RSA', size: 2048 },
]

describe.each(types)('an SSH key of $kty $crv', (type) => {
  test('comes back from its public line', async () => {
    const key = await generatePrivateKey(type)
    const line = `${sshTypeOf(key)} ${encodeSshPublicKey(key).toString('base64')} a comment`
    expect(isSshPublicKey(line)).toBe(true)
    expect(parseSshPublicKey(line).equals(createPublicKey(key))).toBe(true)
  })

  test('comes back from its private file', async () => {
    const key = await generatePrivateKey(type)
    const read = await parsePrivateKeyPem(encodeOpenSshPrivateKey(key, { comment: 'me' }))
    expect(read.equals(key)).toBe(true)
  })
})

// A leading zero octet or a set top bit comes by chance, so many keys are tried.
test('EC keys come back whatever their first octets are', async () => {
  for (let count = 0; count < 300; count += 1) {
    const key = await generatePrivateKey()
    expect((await parsePrivateKeyPem(encodeOpenSshPrivateKey(key))).equals(key)).toBe(true)
  }
})

test('ssh-keygen reads both', async ({ skip }) => {
  const folder = await mkdtemp(join(tmpdir(), 'keystore-ssh-'))
  try {
    for (const type of types) {
      const key = await generatePrivateKey(type)
      const path = join(folder, type.kty === 'EC' ? type.crv : type.kty)
      await writeFile(path, encodeOpenSshPrivateKey(key), { mode: 0o600 })
      const told = await promisify(execFile)('ssh-keygen', ['-y', '-f', path])
      const line = `${sshTypeOf(key)} ${encodeSshPublicKey(key).toString('base64')}`
      expect(told.stdout.trim().split(' ').slice(0, 2).join(' ')).toBe(line)
    }
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isMissing) skip('there is no ssh-keygen')
    throw error
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.each([
  { line: '', why: 'nothing' },
  { line: 'ssh-ed25519', why: 'no key' },
  { line: 'ssh-ed25519 !!!!', why: 'no base64' },
  { line: 'ssh-rsa AAAAC3NzaC1lZDI1NTE5', why: 'another type inside' },
  { line: `ssh-dss ${Buffer.from('\0\0\0\x07ssh-dss').toString('base64')}`, why: 'DSA' },
  { line: `ssh-ed25519 ${ed25519Octets(31)}`, why: 'a key too short' },
  { line: `ssh-ed25519 ${ed25519Octets(32, 'x')}`, why: 'octets behind the key' },
])('refuses $why', ({ line }) => {
  expect(() => parseSshPublicKey(line)).toThrow(KeystoreError)
})

function ed25519Octets(length: number, rest = ''): string {
  return Buffer.concat([
    Buffer.from('\0\0\0\x0bssh-ed25519\0\0\0', 'latin1'),
    Buffer.of(length),
    Buffer.alloc(length, 9),
    Buffer.from(rest),
  ]).toString('base64')
}
