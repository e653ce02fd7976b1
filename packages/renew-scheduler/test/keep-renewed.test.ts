import { execFile } from 'node:child_process'
import { createPublicKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  type KeepRenewedOptions,
  type KeptRenewed,
  keepRenewed,
  type RenewalEvent,
  type TlsIdentity,
} from '@mayfly/renew-scheduler'
import { encodeCertificatePem } from '@mayfly/x509-profiles'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { generateKey, type RenewingCa, startRenewingCa } from './support/renewing-ca.ts'

let ca: RenewingCa
let folder: string
let certificate: string
let key: string
let root: string
let privateKey: KeyObject

beforeAll(async () => {
  ca = await startRenewingCa()
})
afterAll(() => ca[Symbol.asyncDispose]())
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-kept-'))
  ;[certificate, key, root] = [
    join(folder, 'web.crt'),
    join(folder, 'web.key'),
    join(folder, 'root'),
  ]
  privateKey = generateKey()
  ca.renewWith(() => ca.issue({ publicKey: createPublicKey(privateKey) }))
  writeFileSync(root, encodeCertificatePem(ca.root))
  writeFileSync(key, privateKey.export({ format: 'pem', type: 'sec1' }), { mode: 0o600 })
  await replace()
})
afterEach(() => rmSync(folder, { recursive: true }))

async function replace(publicKey = createPublicKey(privateKey)): Promise<string> {
  const issued = await ca.issue({ publicKey })
  const pem = [issued, ca.intermediate].map(encodeCertificatePem).join('')
  writeFileSync(certificate, pem)
  return pem
}

interface Keeping {
  readonly kept: KeptRenewed
  /** Resolves with the next that `onRenewed` gets. */
  renewed(): Promise<TlsIdentity>
  /** Resolves with the first event of a type. */
  told(type: RenewalEvent['type']): Promise<RenewalEvent>
}

async function keep(options: Partial<KeepRenewedOptions> = {}): Promise<Keeping> {
  const listeners: ((identity: TlsIdentity) => void)[] = []
  const events: RenewalEvent[] = []
  const expecting: (() => void)[] = []
  const kept = await keepRenewed({
    certificate,
    key,
    ca: { url: ca.url, root },
    onRenewed: (identity) => {
      for (const listener of listeners.splice(0)) listener(identity)
    },
    onEvent: (event) => {
      events.push(event)
      for (const look of expecting.splice(0)) look()
    },
    ...options,
  })
  return {
    kept,
    renewed: () => new Promise((resolve) => listeners.push(resolve)),
    async told(type) {
      for (;;) {
        const event = events.find((one) => one.type === type)
        if (event !== undefined) return event
        await new Promise<void>((resolve) => expecting.push(resolve))
      }
    },
  }
}

describe('keepRenewed', () => {
  test('begins with what is there, and hands over what comes, in PEM', async () => {
    const { kept, renewed } = await keep()
    await using _ending: KeptRenewed = kept
    expect(kept.current.cert).toBe(readFileSync(certificate, 'utf8'))
    expect(kept.current.key).toBe(privateKey.export({ format: 'pem', type: 'pkcs8' }))
    const next = renewed()
    kept.renewNow()
    const identity = await next
    expect(identity.cert).toBe(readFileSync(certificate, 'utf8'))
    expect(identity.cert).toContain(encodeCertificatePem(identity.certificate))
    expect(kept.current).toBe(identity)
    expect(kept.status()).toMatchObject({ state: 'waiting', subject: 'web.internal' })
  })

  test('hands over what another program has put there, key first or certificate first', async () => {
    const { kept, renewed } = await keep({ lookEveryMilliseconds: 5 })
    await using _ending: KeptRenewed = kept
    let next = renewed()
    const pem = await replace()
    expect((await next).cert).toBe(pem)

    next = renewed()
    const newKey = generateKey()
    const rekeyed = await replace(createPublicKey(newKey))
    writeFileSync(key, newKey.export({ format: 'pem', type: 'pkcs8' }))
    const identity = await next
    expect(identity.cert).toBe(rekeyed)
    expect(identity.key).toBe(newKey.export({ format: 'pem', type: 'pkcs8' }))
  })

  test('tells a failure of the CA and of the service, and goes on', async () => {
    let failures = 0
    const { kept, told } = await keep({
      onRenewed: () => {
        failures += 1
        throw new Error('bad context')
      },
    })
    await using _ending: KeptRenewed = kept
    ca.renewWith(async () => undefined)
    kept.renewNow()
    expect(await told('failed')).toMatchObject({ error: { code: 'refused' } })
    ca.renewWith(() => ca.issue({ publicKey: createPublicKey(privateKey) }))
    kept.renewNow()
    expect(await told('hook_failed')).toMatchObject({ error: { message: 'bad context' } })
    expect(failures).toBe(1)
    expect(kept.current.cert).toBe(readFileSync(certificate, 'utf8'))
  })

  test.each<[string, () => void]>([
    [
      'throws',
      () => {
        throw new Error('no space left')
      },
    ],
    ['rejects', () => Promise.reject(new Error('no space left'))],
  ])('is not ended by a log that %s, nor is the service', async (_, onEvent) => {
    const identities: TlsIdentity[] = []
    let onHook: () => void = () => undefined
    const { kept } = await keep({
      onEvent,
      onRenewed: (identity) => {
        identities.push(identity)
        onHook()
        throw new Error('bad context')
      },
    })
    await using _ending: KeptRenewed = kept
    for (let count = 1; count <= 2; count += 1) {
      const { promise, resolve } = Promise.withResolvers<void>()
      onHook = resolve
      await replace()
      kept.renewNow()
      await promise
      expect(kept.current).toBe(identities.at(-1))
    }
  })

  const refusals: { what: string; spoil: () => void; code: string }[] = [
    { what: 'certificate', spoil: () => rmSync(certificate), code: 'certificate_unreadable' },
    { what: 'key', spoil: () => rmSync(key), code: 'key_file_unreadable' },
    { what: 'root', spoil: () => rmSync(root), code: 'certificate_unreadable' },
    {
      what: 'matching key',
      spoil: () => writeFileSync(key, generateKey().export({ format: 'pem', type: 'pkcs8' })),
      code: 'key_differs',
    },
  ]
  test.each(refusals)('does not begin without a $what', async ({ spoil, code }) => {
    spoil()
    await expect(keep()).rejects.toMatchObject({ code })
  })

  test('lets the process end, before a renewal and after it', async () => {
    const script = `
      const { keepRenewed } = await import('@mayfly/renew-scheduler')
      const onRenewed = () => process.stdout.write('renewed')
      const kept = await keepRenewed({ ...JSON.parse(process.argv[1]), onRenewed })
      if (process.argv[2] === 'renew') kept.renewNow()
    `
    const input = JSON.stringify({ certificate, key, ca: { url: ca.url, root } })
    const run = async (what: string) => {
      const flags = ['--input-type=module', '--eval', script, input, what]
      const options = { cwd: import.meta.dirname, timeout: 20_000 }
      return (await promisify(execFile)(process.execPath, flags, options)).stdout
    }
    expect(await Promise.all(['wait', 'renew'].map(run))).toEqual(['', 'renewed'])
  })
})
