import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from './support/found-program.ts'
import { createGuideMachine, type GuideMachine } from './support/guide-machine.ts'
import { tellRenewals, tellRevocations } from './support/guide-stories.ts'
import { startNginx } from './support/nginx.ts'

let machine: GuideMachine

beforeAll(async () => {
  machine = await createGuideMachine('sqlite')
}, 60_000)

afterAll(() => machine[Symbol.asyncDispose]())

tellRenewals(() => machine)
tellRevocations(() => machine, { forms: 'all' })

test('a revocation token can be looked into', async () => {
  const shown = await machine.succeed(
    'TOKEN=$(step ca token --password-file password.txt --revoke 42); echo $TOKEN | step crypto jwt inspect --insecure',
  )
  expect(JSON.parse(shown.stdout).payload).toMatchObject({
    aud: `https://localhost:${machine.port}/1.0/revoke`,
    sub: '42',
  })
})

describe('automated renewal by the system', () => {
  test('by a unit of systemd', async () => {
    mkdirSync(join(machine.box.path, 'etc/systemd/system'), { recursive: true })
    await machine.succeed(`cat <<EOF | sudo tee ${machine.box.path}/etc/systemd/system/step.service > /dev/null
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
    await machine.succeed('sudo systemctl start step')
    await machine.succeed('sudo systemctl enable step')
    const unit = readFileSync(join(machine.box.path, 'etc/systemd/system/step.service'), 'utf8')
    const command = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? ''
    const daemon = machine.box.start(command.replace('/usr/bin/', '').replaceAll('/home/step/', ''))
    await daemon.told(/^INFO: .* first renewal in /m)
    expect(await daemon.end()).toBe(0)
  })

  test('by cron, when the certificate is about to expire', async () => {
    expect(
      (await machine.succeed('step ca renew --force --expires-in 4h foo.crt foo.key')).stderr,
    ).toMatch(/^certificate not renewed: expires in (23h\d+m\d+s|24h0m0s)\n$/)
    expect(
      (await machine.succeed('step ca renew --force --expires-in 24h foo.crt foo.key')).stderr,
    ).toBe('Your certificate has been saved in foo.crt.\n')
    mkdirSync(join(machine.box.path, 'etc/cron.d'), { recursive: true })
    await machine.succeed(`cat <<EOF | sudo tee ${machine.box.path}/etc/cron.d/step-ca-renew
# Check for possible certificate renewal every five minutes
*/5 * * * * step step ca renew --force --expires-in 4h /home/step/foo.crt /home/step/foo.key
EOF`)
    const table = readFileSync(join(machine.box.path, 'etc/cron.d/step-ca-renew'), 'utf8')
    const [, command = ''] = /^\*\/5 \* \* \* \* step (.*)$/m.exec(table) ?? []
    expect((await machine.succeed(command.replaceAll('/home/step/', ''))).stderr).toMatch(
      /^certificate not renewed: /,
    )
  })
})

describe.skipIf(findProgram('nginx') === undefined)(
  'notifying certificate-dependent services',
  () => {
    test('nginx serves each of ten new certificates, and no request fails', async () => {
      await machine.certify('localhost', 'web')
      await using nginx = await startNginx({
        folder: join(machine.box.path, 'nginx'),
        certificate: join(machine.box.work, 'web.crt'),
        key: join(machine.box.work, 'web.key'),
        root: join(machine.box.work, '.mayfly/certs/root_ca.crt'),
      })
      const daemon = machine.box.start(
        `step ca renew --daemon --exec "kill -HUP ${nginx.pid}" web.crt web.key`,
      )
      await daemon.told(/first renewal in/)
      const load = nginx.load({ callers: 4 })
      const served = new Set([await nginx.serialNumber()])
      for (let renewal = 1; renewal <= 10; renewal += 1) {
        daemon.process.kill('SIGHUP')
        await daemon.told(/localhost certificate renewed/)
        served.add(await nginx.awaitSerialNumber(machine.serialOf('web')))
      }
      expect(served.size).toBe(11)
      const { requests, failures } = await load.end()
      expect(failures).toEqual([])
      expect(requests).toBeGreaterThan(100)
      expect(await daemon.end()).toBe(0)
    }, 120_000)
  },
)
