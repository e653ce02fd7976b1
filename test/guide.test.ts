import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runOnTerminal } from '../apps/cli/test/support/pseudo-terminal.ts'
import { findFreePort } from '../scripts/development-ca.ts'
import { findProgram } from './support/found-program.ts'
import { startNginx } from './support/nginx.ts'
import { createSandbox, type Running, type Sandbox } from './support/sandbox.ts'

/** The lines of the production guide, as a user of step has them in his notes: `step` is `mayfly`, `step-ca` is `mayfly-ca`. */
let box: Sandbox
let authority: Running
let port: number

beforeAll(async () => {
  box = createSandbox({ STEPPATH: '', NO_COLOR: '1' })
  box.putOnPath('step', 'exec mayfly "$@"')
  box.putOnPath('step-ca', 'exec mayfly-ca "$@"')
  box.putOnPath('sudo', 'exec "$@"')
  for (const name of ['systemctl', 'useradd', 'passwd', 'setcap']) box.record(name)
  port = await findFreePort()
  await succeed('echo "p4ssword" > password.txt')
  await succeed(`step ca init --name "Local CA" --provisioner admin \
    --dns localhost --address "127.0.0.1:${port}" \
    --password-file password.txt \
    --provisioner-password-file password.txt`)
  await serve()
  await certify('foo.local', 'foo')
}, 60_000)

afterAll(async () => {
  await box[Symbol.asyncDispose]()
})

describe('manual renewal', () => {
  test('moves the validity', async () => {
    const before = serialOf('foo')
    expect((await succeed('step ca renew --force foo.crt foo.key')).stderr).toBe(
      'Your certificate has been saved in foo.crt.\n',
    )
    expect(serialOf('foo')).not.toBe(before)
    const shown = await succeed('step certificate inspect --short foo.crt')
    expect(shown.stdout).toMatch(/^X\.509v3 TLS Certificate \(ECDSA P-256\) \[Serial: /)
  })
})

describe('automated renewal', () => {
  test('the daemon renews, bears with a CA that is away, and renews at once on SIGHUP', async () => {
    const daemon = box.start('step ca renew --daemon foo.crt foo.key')
    await daemon.told(/^INFO: \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d first renewal in 1[45]h\d+m\d+s$/m)
    daemon.process.kill('SIGHUP')
    await daemon.told(/^INFO: .* foo\.local certificate renewed, next in 1[45]h\d+m\d+s$/m)
    await authority.end()
    daemon.process.kill('SIGHUP')
    await daemon.told(
      /^ERROR: .* error renewing certificate: client POST https:\/\/localhost:\d+\/renew failed: .*connection refused$/m,
    )
    await serve()
    daemon.process.kill('SIGHUP')
    await daemon.told(/^INFO: .* foo\.local certificate renewed, next in 1[45]h\d+m\d+s$/m)
    expect(await daemon.end()).toBe(0)
  })

  test('by a unit of systemd', async () => {
    mkdirSync(join(box.path, 'etc/systemd/system'), { recursive: true })
    await succeed(`cat <<EOF | sudo tee ${box.path}/etc/systemd/system/step.service > /dev/null
[Unit]
Description=Automated certificate management
StartLimitIntervalSec=0
[Service]
Type=simple
Restart=always
RestartSec=1
User=step
ExecStart=/usr/bin/step ca renew --daemon /home/step/foo.crt /home/step/foo.key
[Install]
EOF`)
    await succeed('sudo systemctl start step')
    await succeed('sudo systemctl enable step')
    const unit = readFileSync(join(box.path, 'etc/systemd/system/step.service'), 'utf8')
    const command = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? ''
    const daemon = box.start(command.replace('/usr/bin/', '').replaceAll('/home/step/', ''))
    await daemon.told(/^INFO: .* first renewal in /m)
    expect(await daemon.end()).toBe(0)
  })

  test('by cron, when the certificate is about to expire', async () => {
    expect((await succeed('step ca renew --force --expires-in 4h foo.crt foo.key')).stderr).toMatch(
      /^certificate not renewed: expires in (23h\d+m\d+s|24h0m0s)\n$/,
    )
    expect((await succeed('step ca renew --force --expires-in 24h foo.crt foo.key')).stderr).toBe(
      'Your certificate has been saved in foo.crt.\n',
    )
    mkdirSync(join(box.path, 'etc/cron.d'), { recursive: true })
    await succeed(`cat <<EOF | sudo tee ${box.path}/etc/cron.d/step-ca-renew
# Check for possible certificate renewal every five minutes
*/5 * * * * step step ca renew --force --expires-in 4h /home/step/foo.crt /home/step/foo.key
EOF`)
    const table = readFileSync(join(box.path, 'etc/cron.d/step-ca-renew'), 'utf8')
    const [, command = ''] = /^\*\/5 \* \* \* \* step (.*)$/m.exec(table) ?? []
    expect((await succeed(command.replaceAll('/home/step/', ''))).stderr).toMatch(
      /^certificate not renewed: /,
    )
  })
})

describe.skipIf(findProgram('nginx') === undefined)(
  'notifying certificate-dependent services',
  () => {
    test('nginx serves each of ten new certificates, and no request fails', async () => {
      await certify('localhost', 'web')
      await using nginx = await startNginx({
        folder: join(box.path, 'nginx'),
        certificate: join(box.work, 'web.crt'),
        key: join(box.work, 'web.key'),
        root: join(box.work, '.mayfly/certs/root_ca.crt'),
      })
      const daemon = box.start(
        `step ca renew --daemon --exec "kill -HUP ${nginx.pid}" web.crt web.key`,
      )
      await daemon.told(/first renewal in/)
      const load = nginx.load({ callers: 4 })
      const served = new Set([await nginx.serialNumber()])
      for (let renewal = 1; renewal <= 10; renewal += 1) {
        daemon.process.kill('SIGHUP')
        await daemon.told(/localhost certificate renewed/)
        served.add(await nginx.awaitSerialNumber(serialOf('web')))
      }
      expect(served.size).toBe(11)
      const { requests, failures } = await load.end()
      expect(failures).toEqual([])
      expect(requests).toBeGreaterThan(100)
      expect(await daemon.end()).toBe(0)
    }, 120_000)
  },
)

describe('revoking a certificate', () => {
  const forms: readonly {
    readonly name: string
    revoke(serial: string): Promise<{ readonly stderr: string }>
  }[] = [
    {
      name: 'its serial number',
      revoke: (serial) =>
        runOnTerminal(
          ['ca', 'revoke', serial],
          [{ prompt: 'decrypt the provisioner key: ', answer: 'p4ssword' }],
          { environment: { HOME: box.work, PATH: process.env.PATH ?? '' }, cwd: box.work },
        ),
    },
    {
      name: 'the certificate and private key',
      revoke: () => succeed('step ca revoke --cert localhost.crt --key localhost.key'),
    },
    {
      name: 'a revocation token',
      revoke: (serial) =>
        succeed(
          `TOKEN=$(step ca token --password-file password.txt --revoke ${serial}); echo $TOKEN | step crypto jwt inspect --insecure; step ca revoke --token $TOKEN ${serial}`,
        ),
    },
    {
      name: 'a revocation token in a file',
      revoke: (serial) =>
        succeed(
          `step ca token --password-file password.txt --revoke ${serial} > token; step ca revoke --token-file token ${serial}`,
        ),
    },
    {
      name: 'its serial number, offline',
      revoke: (serial) =>
        succeed(`step ca revoke --offline ${serial}`, { STEP_PASSWORD_FILE: 'password.txt' }),
    },
    {
      name: 'the certificate and private key, offline',
      revoke: () =>
        succeed('step ca revoke --offline --cert localhost.crt --key localhost.key', {
          STEP_PASSWORD_FILE: 'password.txt',
        }),
    },
  ]

  test.each(forms)('by $name', async ({ revoke }) => {
    await certify('localhost', 'localhost')
    await succeed('step ca renew --force localhost.crt localhost.key')
    const inspected = await succeed('step certificate inspect --format=json localhost.crt')
    const serial: string = JSON.parse(inspected.stdout).serial_number
    expect((await revoke(serial)).stderr).toContain(
      `Certificate with Serial Number ${serial} has been revoked.`,
    )
    const refused = await box.shell('step ca renew --force localhost.crt localhost.key')
    expect(refused).toMatchObject({ status: 1 })
    expect(refused.stderr).toContain(
      'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.',
    )
    expect(authority.text()).toContain('certificate has been revoked')
  })

  test('shows the revocation token', async () => {
    const shown = await succeed(
      'TOKEN=$(step ca token --password-file password.txt --revoke 42); echo $TOKEN | step crypto jwt inspect --insecure',
    )
    expect(JSON.parse(shown.stdout).payload).toMatchObject({
      aud: `https://localhost:${port}/1.0/revoke`,
      sub: '42',
    })
  })
})

async function serve(): Promise<void> {
  authority = box.start('step-ca $(step path)/config/ca.json --password-file password.txt')
  await authority.told(/Serving HTTPS on/)
}

async function certify(subject: string, name: string): Promise<void> {
  await succeed(
    `TOKEN=$(step ca token --password-file password.txt ${subject}); step ca certificate -f ${subject} ${name}.crt ${name}.key --token $TOKEN`,
  )
}

function serialOf(name: string): string {
  const words = ['x509', '-noout', '-serial', '-in', join(box.work, `${name}.crt`)]
  return execFileSync('openssl', words, { encoding: 'utf8' }).trim().replace('serial=', '')
}

async function succeed(line: string, environment: Readonly<Record<string, string>> = {}) {
  const ended = await box.shell(line, environment)
  expect(ended, `${line}\n${ended.stderr}`).toMatchObject({ status: 0 })
  return ended
}
