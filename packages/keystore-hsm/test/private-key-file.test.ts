import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  changePassword,
  generatePrivateKey,
  loadPrivateKey,
  writePrivateKey,
} from '@mayfly/keystore-hsm'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-private-key-file-'))
  file = join(folder, 'a.key')
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('writePrivateKey', () => {
  test('writes a file that loadPrivateKey reads, for the owner alone', async () => {
    const key = await generatePrivateKey()
    await writePrivateKey(file, key, { password: 'secret' })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect((await loadPrivateKey(file, { password: 'secret' })).equals(key)).toBe(true)
  })

  test('replaces a file only when told to', async () => {
    writeFileSync(file, 'old')
    const key = await generatePrivateKey()
    await expect(writePrivateKey(file, key)).rejects.toMatchObject({ code: 'key_file_exists' })
    expect(readFileSync(file, 'utf8')).toBe('old')
    await writePrivateKey(file, key, { force: true })
    expect((await loadPrivateKey(file)).equals(key)).toBe(true)
  })
})

describe('writePrivateKey, where a file is in its way,', () => {
  test('leaves one of eight writers at once its file, and refuses the others', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => generatePrivateKey()))
    const outcomes = await Promise.allSettled(keys.map((key) => writePrivateKey(file, key)))
    const winners = keys.filter((_, index) => outcomes[index]?.status === 'fulfilled')
    expect(winners).toHaveLength(1)
    expect(outcomes.filter(({ status }) => status === 'rejected')).toSatisfy(
      (refused: PromiseRejectedResult[]) =>
        refused.every(({ reason }) => reason.code === 'key_file_exists'),
    )
    const written = await loadPrivateKey(file)
    expect(winners.some((key) => key.equals(written))).toBe(true)
    expect(readdirSync(folder)).toEqual(['a.key'])
  })

  test('refuses a symbolic link that leads nowhere', async () => {
    symlinkSync('nowhere', file)
    const written = writePrivateKey(file, await generatePrivateKey())
    await expect(written).rejects.toMatchObject({ code: 'key_file_exists' })
    expect(readlinkSync(file)).toBe('nowhere')
  })

  test.each([
    { password: undefined, before: 0o644, after: 0o640 },
    { password: undefined, before: 0o666, after: 0o660 },
    { password: 'secret', before: 0o644, after: 0o644 },
  ])('with password $password turns mode $before into $after', async (row) => {
    writeFileSync(file, 'old')
    chmodSync(file, row.before)
    const key = await generatePrivateKey()
    await writePrivateKey(file, key, { force: true, password: row.password })
    expect(statSync(file).mode & 0o777).toBe(row.after)
  })
})

describe('loadPrivateKey', () => {
  test('names the file it cannot read', async () => {
    await expect(loadPrivateKey(file)).rejects.toMatchObject({
      code: 'key_file_unreadable',
      message: `open ${file} failed: no such file or directory`,
    })
  })

  test('names the file whose password is wrong', async () => {
    copyFileSync(stepKey, file)
    await expect(loadPrivateKey(file, { password: 'wrong' })).rejects.toMatchObject({
      code: 'key_decryption_failed',
      message: `error decrypting ${file}: x509: decryption password incorrect`,
    })
  })

  test('refuses half a file', async () => {
    const whole = readFileSync(stepKey)
    writeFileSync(file, whole.subarray(0, whole.length / 2))
    await expect(loadPrivateKey(file, { password: 'password' })).rejects.toMatchObject({
      code: 'key_malformed',
      message: `error decoding ${file}: not a valid PEM encoded block`,
    })
  })
})

describe('changePassword', () => {
  beforeEach(() => {
    copyFileSync(stepKey, file)
    chmodSync(file, 0o640)
  })

  test('encrypts step’s key anew, as openssl sees it, and keeps the mode', async () => {
    const key = await loadPrivateKey(file, { password: 'password' })
    await changePassword(file, { oldPassword: 'password', newPassword: 'new' })
    expect((await loadPrivateKey(file, { password: 'new' })).equals(key)).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o640)
    expect(readFileSync(file, 'utf8')).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/)
    const sec1 = execFileSync('openssl', ['ec', '-in', file, '-passin', 'pass:new'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      encoding: 'utf8',
    })
    expect(sec1).toBe(key.export({ format: 'pem', type: 'sec1' }))
  })

  test('writes to another file and leaves the first', async () => {
    const before = readFileSync(file)
    const out = join(folder, 'b.key')
    await changePassword(file, { oldPassword: 'password', newPassword: 'new', out })
    expect(readFileSync(file)).toEqual(before)
    expect(statSync(out).mode & 0o777).toBe(0o600)
    await loadPrivateKey(out, { password: 'new' })
  })

  test('takes the password off, and puts one on a plain key', async () => {
    await changePassword(file, { oldPassword: 'password' })
    const key = await loadPrivateKey(file)
    await changePassword(file, { newPassword: 'new' })
    expect((await loadPrivateKey(file, { password: 'new' })).equals(key)).toBe(true)
  })

  test.each([
    { options: { oldPassword: 'wrong', newPassword: 'new' }, code: 'key_decryption_failed' },
    { options: { newPassword: 'new' }, code: 'password_missing' },
    { options: { oldPassword: 'password', newPassword: '' }, code: 'password_missing' },
    {
      options: { oldPassword: 'password', newPassword: 'new', out: '/nowhere/b.key' },
      code: 'key_file_unwritable',
    },
  ])('leaves the file as it was: $code', async ({ options, code }) => {
    const before = readFileSync(file)
    await expect(changePassword(file, options)).rejects.toMatchObject({ code })
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(folder)).toEqual(['a.key'])
  })

  test('leaves the file as it was when the disk is full', () => {
    const before = readFileSync(file)
    const script = `
      const { changePassword } = await import(${JSON.stringify(entryPoint)})
      const passwords = { oldPassword: 'password', newPassword: 'new' }
      const error = await changePassword(${JSON.stringify(file)}, passwords).catch((e) => e)
      process.stdout.write(String(error?.code))
    `
    const { stdout } = spawnSync(
      'bash',
      ['-c', 'ulimit -f 0; exec "$0" --input-type=module --eval "$1"', process.execPath, script],
      { encoding: 'utf8' },
    )
    expect(stdout).toBe('key_file_unwritable')
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(folder)).toEqual(['a.key'])
  })
})

const entryPoint = new URL('../src/index.ts', import.meta.url).href
const stepKey = new URL('vectors/keys/step-ca-init-root_ca_key.pem', import.meta.url)
