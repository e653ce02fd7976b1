import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'
import { findFreePort } from '../../scripts/development-ca.ts'
import type { Ended } from './program.ts'
import { createSandbox, type Sandbox } from './sandbox.ts'
import { placeAuthority, type StoryAuthority } from './story-authority.ts'
import type { DatabaseKind } from './test-database.ts'

/** Where the lines of the production guide are typed, as a user of step has them in his notes: `step` is `mayfly`, `step-ca` is `mayfly-ca`. */
export interface GuideMachine extends AsyncDisposable {
  readonly box: Sandbox
  readonly authority: StoryAuthority
  /** Where the CA is. */
  readonly port: number
  /** Types a line that must succeed. */
  succeed(line: string, environment?: Readonly<Record<string, string>>): Promise<Ended>
  /** Gets a certificate into `name.crt` and `name.key`. */
  certify(subject: string, name: string): Promise<void>
  /** Returns the serial number in `name.crt`, hexadecimal. */
  serialOf(name: string): string
}

/** Sets up the guide's CA, which serves, and its first certificate, `foo`. */
export async function createGuideMachine(kind: DatabaseKind): Promise<GuideMachine> {
  await using stack = new AsyncDisposableStack()
  const box = stack.use(createSandbox({ STEPPATH: '', NO_COLOR: '1' }))
  box.putOnPath('step', 'exec mayfly "$@"')
  box.putOnPath('step-ca', 'exec mayfly-ca "$@"')
  box.putOnPath('sudo', 'exec "$@"')
  for (const name of ['systemctl', 'useradd', 'passwd', 'setcap']) box.record(name)
  const port = await findFreePort()

  async function succeed(line: string, environment: Readonly<Record<string, string>> = {}) {
    const ended = await box.shell(line, environment)
    expect(ended, `${line}\n${ended.stderr}`).toMatchObject({ status: 0 })
    return ended
  }

  async function certify(subject: string, name: string): Promise<void> {
    await succeed(
      `TOKEN=$(step ca token --password-file password.txt ${subject}); step ca certificate -f ${subject} ${name}.crt ${name}.key --token $TOKEN`,
    )
  }

  await succeed('echo "p4ssword" > password.txt')
  await succeed(`step ca init --name "Local CA" --provisioner admin \
    --dns localhost --address "127.0.0.1:${port}" \
    --password-file password.txt \
    --provisioner-password-file password.txt`)
  const authority = stack.use(
    await placeAuthority(box, {
      kind,
      home: join(box.work, '.mayfly'),
      port,
      passwordFile: 'password.txt',
      serveLine: (path) =>
        `step-ca ${path.endsWith('/ca.json') ? '$(step path)/config/ca.json' : path} --password-file password.txt`,
    }),
  )
  await authority.start()
  await certify('foo.local', 'foo')
  const rest = stack.move()
  return {
    box,
    authority,
    port,
    succeed,
    certify,
    serialOf: (name) => {
      const words = ['x509', '-noout', '-serial', '-in', join(box.work, `${name}.crt`)]
      return execFileSync('openssl', words, { encoding: 'utf8' }).trim().replace('serial=', '')
    },
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  }
}
