import { describe, expect, test } from 'vitest'
import { runOnTerminal } from '../../apps/cli/test/support/pseudo-terminal.ts'
import type { GuideMachine } from './guide-machine.ts'

/** What the guide says of a certificate's life. */
export function tellRenewals(machineOf: () => GuideMachine): void {
  describe('manual renewal', () => {
    test('moves the validity', async () => {
      const machine = machineOf()
      const before = machine.serialOf('foo')
      expect((await machine.succeed('step ca renew --force foo.crt foo.key')).stderr).toBe(
        'Your certificate has been saved in foo.crt.\n',
      )
      expect(machine.serialOf('foo')).not.toBe(before)
      const shown = await machine.succeed('step certificate inspect --short foo.crt')
      expect(shown.stdout).toMatch(/^X\.509v3 TLS Certificate \(ECDSA P-256\) \[Serial: /)
    })
  })

  describe('automated renewal', () => {
    test('the daemon renews, bears with a CA that is away, and renews at once on SIGHUP', async () => {
      const machine = machineOf()
      const daemon = machine.box.start('step ca renew --daemon foo.crt foo.key')
      await daemon.told(/^INFO: \d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d first renewal in 1[45]h\d+m\d+s$/m)
      daemon.process.kill('SIGHUP')
      await daemon.told(/^INFO: .* foo\.local certificate renewed, next in 1[45]h\d+m\d+s$/m)
      await machine.authority.end()
      daemon.process.kill('SIGHUP')
      await daemon.told(
        /^ERROR: .* error renewing certificate: client POST https:\/\/localhost:\d+\/renew failed: /m,
      )
      await machine.authority.start()
      daemon.process.kill('SIGHUP')
      await daemon.told(/^INFO: .* foo\.local certificate renewed, next in 1[45]h\d+m\d+s$/m)
      expect(await daemon.end()).toBe(0)
    })
  })
}

/** What the guide says of its end; the CA alone can leave out what differs in the command line only. */
export function tellRevocations(
  machineOf: () => GuideMachine,
  { forms }: { readonly forms: 'all' | 'different to the CA' },
): void {
  const told = revocations.filter(({ isVariant }) => forms === 'all' || isVariant !== true)
  describe('revoking a certificate', () => {
    test.each(told)('by $name', async ({ revoke }) => {
      const machine = machineOf()
      await machine.certify('localhost', 'localhost')
      const renewed = await machine.succeed(
        'step ca renew --force localhost.crt localhost.key; step certificate inspect --format=json localhost.crt',
      )
      const serial: string = JSON.parse(renewed.stdout).serial_number
      expect((await revoke(machine, serial)).stderr).toContain(
        `Certificate with Serial Number ${serial} has been revoked.`,
      )
      const refused = await machine.box.shell('step ca renew --force localhost.crt localhost.key')
      expect(refused).toMatchObject({ status: 1 })
      expect(refused.stderr).toContain(
        'The request lacked necessary authorization to be completed. Please see the certificate authority logs for more info.',
      )
      expect(machine.authority.text()).toContain('certificate has been revoked')
    })
  })
}

/** What the guide says of the first provisioner: another takes its place. All instances follow; none is told. */
export function tellProvisioners(machineOf: () => GuideMachine): void {
  test('another provisioner takes the place of the first', async () => {
    const { succeed, box, authority } = machineOf()
    const issue = (provisioner: string, password: string): string =>
      `TOKEN=$(step ca token --provisioner ${provisioner} --password-file ${password} bar.local) && step ca certificate -f bar.local bar.crt bar.key --token $TOKEN`
    await succeed(
      'echo 0ther > other.txt; step ca provisioner add ops --create --password-file other.txt --configuration-password-file password.txt',
    )
    await expect.poll(() => box.shell(issue('ops', 'other.txt')), slow).toMatchObject({ status: 0 })
    await succeed('step ca provisioner remove admin --configuration-password-file password.txt')
    authority.signal('SIGHUP')
    await expect
      .poll(() => box.shell(issue('admin', 'password.txt')), slow)
      .toMatchObject({ status: 1 })
    await succeed(issue('ops', 'other.txt'))
  })
}

const slow = { timeout: 20_000, interval: 200 }

interface Revocation {
  readonly name: string
  /** Whether the CA sees no difference from another. */
  readonly isVariant?: boolean
  revoke(machine: GuideMachine, serial: string): Promise<{ readonly stderr: string }>
}

const revocations: readonly Revocation[] = [
  {
    name: 'its serial number',
    revoke: ({ box }, serial) =>
      runOnTerminal(
        ['ca', 'revoke', serial],
        [{ prompt: 'decrypt the provisioner key: ', answer: 'p4ssword' }],
        { environment: { HOME: box.work, PATH: process.env.PATH ?? '' }, cwd: box.work },
      ),
  },
  {
    name: 'the certificate and private key',
    revoke: ({ succeed }) => succeed('step ca revoke --cert localhost.crt --key localhost.key'),
  },
  {
    name: 'a revocation token',
    isVariant: true,
    revoke: ({ succeed }, serial) =>
      succeed(
        `TOKEN=$(step ca token --password-file password.txt --revoke ${serial}); echo $TOKEN | step crypto jwt inspect --insecure; step ca revoke --token $TOKEN ${serial}`,
      ),
  },
  {
    name: 'a revocation token in a file',
    isVariant: true,
    revoke: ({ succeed }, serial) =>
      succeed(
        `step ca token --password-file password.txt --revoke ${serial} > token; step ca revoke --token-file token ${serial}`,
      ),
  },
  {
    name: 'its serial number, offline',
    revoke: ({ succeed }, serial) =>
      succeed(`step ca revoke --offline ${serial}`, { STEP_PASSWORD_FILE: 'password.txt' }),
  },
  {
    name: 'the certificate and private key, offline',
    isVariant: true,
    revoke: ({ succeed }) =>
      succeed('step ca revoke --offline --cert localhost.crt --key localhost.key', {
        STEP_PASSWORD_FILE: 'password.txt',
      }),
  },
]
