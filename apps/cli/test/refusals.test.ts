import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createOneTimeToken, generateProvisionerKey } from '@mayfly/jwt-tokens'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runCaptured } from './support/captured-io.ts'

let folder: string
let token: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mayfly-refusals-'))
  const { privateJwk } = await generateProvisionerKey()
  token = await createOneTimeToken({
    key: privateJwk,
    issuer: 'admin',
    subject: 'foo',
    audience: 'https://localhost:1/1.0/sign',
    now: () => new Date(),
    random: (length) => new Uint8Array(length),
  })
  process.chdir(folder)
  await writeFile('token', token)
  await writeFile('pid', 'no number\n')
  await writeFile('empty', '\n')
})

afterAll(async () => {
  process.chdir(tmpdir())
  await rm(folder, { recursive: true })
})

/** One line a refusal: the command line, and what standard error says. `$TOKEN` is a token for foo. */
const knowCaOnce = "or let this machine know the CA once: 'mayfly help ca bootstrap'"

const refusals: readonly (readonly [line: string, message: string])[] = [
  ['ca health', `'mayfly ca health' requires the '--ca-url' flag\n${knowCaOnce}`],
  ['ca health x', "too many positional arguments were provided in 'mayfly ca health'"],
  ['ca health --ca-url localhost', "'mayfly ca health' requires the '--root' flag"],
  [
    'ca health --ca-url http://localhost',
    "invalid value 'http://localhost' for flag '--ca-url'; must have https scheme",
  ],
  [
    'ca health --ca-url localhost --root nope',
    'error reading nope: open nope: no such file or directory',
  ],
  ['ca token', "not enough positional arguments were provided in 'mayfly ca token <subject>'"],
  ['ca token a b', "too many positional arguments were provided in 'mayfly ca token <subject>'"],
  ['ca token a', `'mayfly ca token' requires the '--ca-url' flag\n${knowCaOnce}`],
  [
    'ca token a --bogus',
    "too many positional arguments were provided in 'mayfly ca token <subject>'\nthere is no flag '--bogus'; --help shows those there are",
  ],
  ['ca token a --host', "flag '--host' requires the '--ssh' flag"],
  ['ca token a --principal b', "flag '--principal' requires the '--ssh' flag"],
  ['ca token a --ssh --san b', "flag '--ssh' is incompatible with '--san'"],
  ['ca token a --ssh', "flag '--ssh' is not offered yet"],
  ['ca token a --sshpop-cert b', "flag '--sshpop-cert' is not offered yet"],
  ['ca token a --revoke --san b', "flag '--san' is incompatible with '--revoke'"],
  ['ca token a --cnf b --cnf-file c', "flag '--cnf-file' is incompatible with '--cnf'"],
  ['ca token a --offline --set b=c', "flag '--offline' is incompatible with '--set'"],
  ['ca token a --offline', "flag '--offline' requires the '--provisioner' flag"],
  ['ca token a --offline --provisioner b', "flag '--offline' requires the '--key' flag"],
  [
    'ca token a --not-after 7d',
    "invalid value '7d' for flag '--not-after'\ndurations are written as 168h or 1h30m, times as 2026-11-23T12:00:00Z",
  ],
  ['ca token a --set b', "invalid value 'b' for flag '--set'"],
  [
    'ca token a --not-before 10m --not-after 2h',
    "requested token validity is too long: 'requested token validity'=1h50m0s, 'maximum token validity'=1h0m0s",
  ],
  [
    'ca token a --not-after 5s',
    "requested token validity is too short: 'requested token validity'=5s, 'minimum token validity'=10s",
  ],
  [
    'ca token a --not-before 40m',
    "requested validity delay is too long: 'requested validity delay'=40m0s, 'max validity delay'=30m0s",
  ],
  [
    'ca certificate a b',
    "not enough positional arguments were provided in 'mayfly ca certificate <subject> <crt-file> <key-file>'",
  ],
  ['ca certificate a b c', "flag '--ca-url' is required unless the '--token' flag is provided"],
  [
    'ca certificate a b c --ca-url localhost',
    "flag '--root' is required unless the '--token' flag is provided",
  ],
  [
    'ca certificate a b b',
    "positional arguments <crt-file> and <key-file> cannot be equal in 'mayfly ca certificate <subject> <crt-file> <key-file>'",
  ],
  ['ca certificate bar b c --token $TOKEN', "token subject 'foo' and argument 'bar' do not match"],
  [
    'ca certificate foo b c --token $TOKEN --san d',
    "flag '--token' and flag '--san' are mutually exclusive",
  ],
  [
    'ca certificate foo b c --token $TOKEN --offline',
    "flag '--offline' is incompatible with '--token'",
  ],
  [
    'ca certificate foo b c --token $TOKEN --token-file token',
    "flag '--token' and flag '--token-file' are mutually exclusive",
  ],
  ['ca certificate foo b c --token-file nope', 'open nope failed: no such file or directory'],
  ['ca certificate a b c --curve P-256', "flag '--curve' requires the '--kty' flag"],
  ['ca certificate a b c --size 2048', "flag '--size' requires the '--kty' flag"],
  [
    'ca certificate a b c --kty RSA --crv P-256',
    "flag '--curve' is incompatible with flag '--kty RSA'",
  ],
  [
    'ca certificate a b c --kty EC --size 2048',
    "flag '--size' is incompatible with flag '--kty EC'",
  ],
  [
    'ca certificate a b c --kty RSA --size 1024',
    "flag '--size' requires at least 2048 unless '--insecure' flag is provided",
  ],
  [
    'ca certificate a b c --kty XX',
    "invalid value 'XX' for flag '--kty'; options are RSA, EC, OKP",
  ],
  [
    'ca certificate a b c --kty EC --curve P-999',
    "flag '--kty EC' is incompatible with flag '--curve P-999'\n\n  Option(s): --curve P-256, P-384, P-521",
  ],
  [
    'ca certificate a b c --not-after abc',
    "invalid value 'abc' for flag '--not-after'\ndurations are written as 168h or 1h30m, times as 2026-11-23T12:00:00Z",
  ],
  ['ca certificate a b c --acme x', "flag '--acme' is not offered yet"],
  [
    'ca certificate a b c --standalone --webroot d',
    "flag '--standalone' and flag '--webroot' are mutually exclusive",
  ],
  ['ca sign nope b', 'error reading "nope": no such file or directory'],
  ['ca sign token b', 'error decoding token: not a valid PEM encoded block'],
  ['ca renew a b', `'mayfly ca renew' requires the '--ca-url' flag\n${knowCaOnce}`],
  [
    'ca renew a b --ca-url localhost',
    'error reading certificate chain: open a: no such file or directory',
  ],
  [
    'ca renew a b --ca-url localhost --expires-in abc',
    "invalid value 'abc' for flag '--expires-in'\ndurations are written as 168h or 1h30m",
  ],
  [
    'ca renew a b --ca-url localhost --expires-in 1h --renew-period 1h',
    "flag '--expires-in' is incompatible with '--renew-period'",
  ],
  [
    'ca renew a b --ca-url localhost --renew-period 1h',
    "flag '--renew-period' requires the '--daemon' flag",
  ],
  [
    'ca renew a b --ca-url localhost --pid 1 --pid-file pid',
    "flag '--pid' and flag '--pid-file' are mutually exclusive",
  ],
  ['ca renew a b --ca-url localhost --pid 0', "invalid value '0' for flag '--pid'"],
  ['ca renew a b --ca-url localhost --signal 0', "invalid value '0' for flag '--signal'"],
  [
    'ca renew a b --ca-url localhost --pid-file nope',
    'open nope failed: no such file or directory',
  ],
  ['ca renew a b --ca-url localhost --pid-file pid', 'pid holds no process id'],
  [
    'ca renew a b --ca-url localhost --daemon',
    'error reading certificate chain: open a: no such file or directory',
  ],
  ['ca rekey a b', `'mayfly ca rekey' requires the '--ca-url' flag\n${knowCaOnce}`],
  [
    'ca rekey a b --ca-url localhost --rekey-period 1h',
    "flag '--rekey-period' requires the '--daemon' flag",
  ],
  [
    'ca revoke',
    "not enough positional arguments were provided in 'mayfly ca revoke <serial-number>'",
  ],
  [
    'ca revoke 1 2',
    "too many positional arguments were provided in 'mayfly ca revoke <serial-number>'",
  ],
  [
    'ca revoke 75EA',
    "'75EA' is not a valid serial number - use a base 10 representation or add a prefix indicating the base",
  ],
  ['ca revoke --cert a', "flag '--cert' requires the '--key' flag"],
  ['ca revoke --key a', "flag '--key' requires the '--cert' flag"],
  [
    'ca revoke --cert a --key b 1',
    "'mayfly ca revoke --cert <certificate> --key <key>' expects no additional positional arguments",
  ],
  [
    'ca revoke 1 --reasonCode 11',
    'reasonCode out of bounds. Got 11, but want value between 0 and 10',
  ],
  ['ca revoke 1 --reasonCode foo', "unrecognized revocation reason code 'foo'"],
  ['ca revoke 1 --token $TOKEN --offline', "flag '--offline' is incompatible with '--token'"],
  ['ca revoke 1 --token $TOKEN', "token subject 'foo' and serial number '1' do not match"],
  ['ca revoke 1', `'mayfly ca revoke' requires the '--ca-url' flag\n${knowCaOnce}`],
  ['ca root', `'mayfly ca root' requires the '--ca-url' flag\n${knowCaOnce}`],
  ['ca root --ca-url localhost', "'mayfly ca root' requires the '--fingerprint' flag"],
  ['ca root a b', "too many positional arguments were provided in 'mayfly ca root [<root-file>]'"],
  ['ca bootstrap', "'mayfly ca bootstrap' requires the '--ca-url' flag"],
  ['ca bootstrap --ca-url a', "'mayfly ca bootstrap' requires the '--fingerprint' flag"],
  ['ca bootstrap --team a --ca-url b', "flag '--team' is incompatible with '--ca-url'"],
  ['ca init --root a', "flag '--root' requires the '--key' flag"],
  ['ca init --key a', "flag '--key' requires the '--root' flag"],
  ['ca init --ra foo', "invalid value 'foo' for flag '--ra'; options are StepCAS or CloudCAS"],
  ['ca init --kms foo', "invalid value 'foo' for flag '--kms'; options are azurekms"],
  ['ca init --kms azurekms --ra StepCAS', "flag '--kms' is incompatible with '--ra'"],
  ['ca init --pki --no-db', "flag '--pki' is incompatible with '--no-db'"],
  ['ca init --pki --helm', "flag '--pki' is incompatible with '--helm'"],
  [
    'ca init --remote-management --no-db',
    "flag '--remote-management' is incompatible with '--no-db'",
  ],
  ['ca init --acme --no-db', "flag '--acme' is incompatible with '--no-db'"],
  [
    'ca init --admin-subject a',
    "flag '--admin-subject' is only supported when '--remote-management' is enabled",
  ],
  [
    'ca init --deployment-type foo',
    "invalid value 'foo' for flag '--deployment-type'; options are standalone, linked or hosted",
  ],
  ['ca init --deployment-type linked', "flag '--deployment-type linked' is not offered yet"],
  ['ca init --ssh', "flag '--ssh' is not offered yet"],
  ['ca init --dns ,', 'dns must not be empty'],
  ['ca init --dns a_b!', 'a_b! is not a valid DNS name or IP address'],
  ['ca init --address foo', 'foo is not an TCP address'],
  ['ca init --dns a_b', 'a_b is not a valid DNS name or IP address'],
  ['ca init --address 9443', '9443 is not an TCP address\nwrite :9443'],
  ['ca init --password-file nope', 'error reading "nope": no such file or directory'],
  ['ca init --password-file empty', 'password file empty is empty'],
  [
    'certificate inspect a b',
    "too many positional arguments were provided in 'mayfly certificate inspect <crt-file>'",
  ],
  [
    'certificate inspect nope',
    'error reading file nope: open nope failed: no such file or directory',
  ],
  [
    'certificate inspect token',
    'file token does not contain any valid CERTIFICATE or CERTIFICATE REQUEST blocks',
  ],
  [
    'certificate inspect token --format foo',
    "invalid value 'foo' for flag '--format'; options are text, json, pem",
  ],
  [
    'certificate inspect token --short --format json',
    "flag '--short' is incompatible with '--format json'",
  ],
  ['certificate fingerprint token --sha1', "flag '--sha' requires the '--insecure' flag"],
  [
    'certificate fingerprint token --format foo',
    "error parsing fingerprint format: 'foo' is not a valid fingerprint format",
  ],
  [
    'certificate verify',
    "not enough positional arguments were provided in 'mayfly certificate verify <crt-file> [--host=<host>]'",
  ],
  ['certificate verify nope', 'open nope failed: no such file or directory'],
  ['certificate verify token', 'token contains an invalid PEM block'],
  ['certificate verify token --verify-crl', "flag '--verify-crl' is not offered yet"],
  [
    'ca health --ca-url https://me:s3cret@localhost',
    "invalid value 'https://localhost' for flag '--ca-url'; must not have a user name or password",
  ],
  [
    'ca health --ca-url http://me:s3cret@localhost',
    "invalid value 'http://localhost' for flag '--ca-url'; must have https scheme",
  ],
  ['ca health --ca-url me:s3cret@:x', "invalid value ':x' for flag '--ca-url'"],
  [
    'ca certificate a ./b.crt b.crt',
    "positional arguments <crt-file> and <key-file> cannot be equal in 'mayfly ca certificate <subject> <crt-file> <key-file>'",
  ],
  [
    'ca revoke --cert a --key b --token-file c',
    "flag '--cert' is incompatible with '--token-file'",
  ],
  ['ca sign a b --kms c', "flag '--kms' is not offered yet"],
  ['ca init --admin-name a', "flag '--admin-name' is not offered yet"],
  [
    'certificate inspect /dev/zero',
    'error reading file /dev/zero: open /dev/zero failed: it exceeds 64 MiB',
  ],
  [
    'ca health --ca-url localhost --root /dev/zero',
    'error reading /dev/zero: open /dev/zero: it exceeds 64 MiB',
  ],
  ['ca token a --set-file pid', 'error unmarshaling pid: it is no JSON object'],
  ['ca health --ca-url \u001b[2Jx', "invalid value '\uFFFD[2Jx' for flag '--ca-url'"],
  [
    'certificate inspect a\u009b\u202eb',
    'error reading file a\\u009b\\u202eb: open a\\u009b\\u202eb failed: no such file or directory',
  ],
  ['crypto change-pass nope', 'open nope failed: no such file or directory'],
  ['crypto change-pass pid', 'error reading pid: unsupported format'],
  ['crypto change-pass pid --no-password', "flag '--no-password' requires the '--insecure' flag"],
  ['crypto jwt inspect', "'mayfly crypto jwt inspect' requires the '--insecure' flag"],
  [
    'crypto jwt inspect a --insecure',
    "too many positional arguments were provided in 'mayfly crypto jwt inspect'",
  ],
  ['crypto jwt verify', 'error parsing token: compact JWS format must have three parts'],
]

describe('refusals', () => {
  test.each(refusals)('mayfly %s', async (line, message) => {
    const words = line.split(' ').map((word) => (word === '$TOKEN' ? token : word))
    const outcome = await runCaptured(words, {
      environment: { MAYFLYPATH: join(folder, '.mayfly') },
      now: () => new Date('2026-11-23T12:00:00Z'),
    })
    expect(outcome).toEqual({ status: 1, stdout: '', stderr: `${message}\n` })
  })
})
