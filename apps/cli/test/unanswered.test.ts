import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateProvisionerKey, sealPrivateJwk } from '@mayfly/jwt-tokens'
import { encodePrivateKeyPem, generatePrivateKey } from '@mayfly/keystore-hsm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AnsweringAuthority, startAnsweringAuthority } from './support/answering-authority.ts'
import { runCaptured } from './support/captured-io.ts'

let authority: AnsweringAuthority
let folder: string
let environment: Record<string, string>

beforeAll(async () => {
  authority = await startAnsweringAuthority()
  folder = await mkdtemp(join(tmpdir(), 'mayfly-unanswered-'))
  process.chdir(folder)
  environment = { MAYFLYPATH: join(folder, 'home') }
  await authority.writeHome('home')
  await authority.writeLeaf('foo.crt', 'foo.key')
  const { publicJwk, privateJwk } = await generateProvisionerKey()
  const sealed = await sealPrivateJwk(privateJwk, 'p4ssword', { serialization: 'compact' })
  await writeFile('sealed.jwe', sealed)
  const key = await generatePrivateKey({ kty: 'EC', crv: 'P-256' })
  await writeFile('sealed.key', await encodePrivateKeyPem(key, { password: 'p4ssword' }))
  await writeFile('token', 'a token of before')
  const listing = { type: 'JWK', name: 'admin', key: publicJwk, encryptedKey: sealed }
  const other = { type: 'JWK', name: 'other', key: { ...publicJwk, kid: 'other' } }
  const provisioners = { provisioners: [listing, other], nextCursor: '' }
  authority.on('GET /provisioners?limit=100', provisioners)
  authority.on(`GET /provisioners/${publicJwk.kid}/encrypted-key`, { key: sealed })
})

afterAll(async () => {
  await authority[Symbol.asyncDispose]()
  process.chdir(tmpdir())
  await rm(folder, { recursive: true })
})

const provisionerPassword =
  "the provisioner's password was to be asked: use --provisioner-password-file FILE"
const provisioner = 'the provisioner was to be asked: use --provisioner NAME or --kid KID'

/** One line a question: the command line that comes to it, and the hint where nobody can be asked. */
const questions: readonly (readonly [line: string, hint: string])[] = [
  [
    'ca init',
    'the deployment type was to be asked: use --deployment-type standalone --name NAME --dns NAME --address :PORT --provisioner NAME --password-file FILE',
  ],
  [
    'ca init --deployment-type standalone --address :443',
    "the PKI's name was to be asked: use --name NAME --dns NAME --provisioner NAME --password-file FILE",
  ],
  [
    'ca init --deployment-type standalone --name a --provisioner b',
    "the CA's DNS name was to be asked: use --dns NAME --address :PORT --password-file FILE",
  ],
  [
    'ca init --deployment-type standalone --name a --dns b --provisioner c',
    "the CA's address was to be asked: use --address :PORT --password-file FILE",
  ],
  [
    'ca init --deployment-type standalone --name a --dns b --address :443',
    "the provisioner's name was to be asked: use --provisioner NAME --password-file FILE",
  ],
  [
    'ca init --pki --deployment-type standalone --name a',
    "the keys' password was to be asked: use --password-file FILE",
  ],
  [
    'ca init --root foo.crt --key sealed.key',
    'the password of sealed.key was to be asked: use --key-password-file FILE',
  ],
  ['ca token foo', provisioner],
  ['ca token foo --provisioner admin', provisionerPassword],
  ['ca certificate foo a.crt a.key --provisioner admin', provisionerPassword],
  ['ca revoke 1', provisioner],
  ['ca revoke 1 --provisioner admin', provisionerPassword],
  [
    'ca token foo --provisioner admin --key sealed.jwe',
    'the password of sealed.jwe was to be asked: use --provisioner-password-file FILE',
  ],
  [
    'ca token foo --provisioner admin --key sealed.key',
    'the password of sealed.key was to be asked: use --provisioner-password-file FILE',
  ],
  ['ca token foo --output-file token', 'token exists: use --force to overwrite it'],
  ['ca certificate foo foo.crt foo.key', 'foo.crt exists: use --force to overwrite it'],
  ['ca renew foo.crt foo.key', 'foo.crt exists: use --force to overwrite it'],
  [
    'ca renew foo.crt sealed.key',
    'the password of sealed.key was to be asked: use --password-file FILE',
  ],
  [
    'crypto change-pass sealed.key',
    'the password of sealed.key was to be asked: use --password-file FILE',
  ],
  [
    'crypto change-pass sealed.jwe',
    'the password of sealed.jwe was to be asked: use --password-file FILE',
  ],
  [
    'crypto change-pass foo.key',
    'the new password of foo.key was to be asked: use --new-password-file FILE',
  ],
]

describe('without a terminal', () => {
  test.each(questions)('mayfly %s', async (line, hint) => {
    const { status, stdout, stderr } = await runCaptured(line.split(' '), { environment })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    const lines = stderr.trimEnd().split('\n')
    expect(lines.slice(-2)).toEqual([
      'error allocating terminal: open /dev/tty: no such device or address',
      hint,
    ])
  })
})
