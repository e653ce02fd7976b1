import { createPublicKey, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createRenewalKeeper,
  type RenewalKeeper,
  type RenewalKeeperOptions,
} from '@mayfly/renew-scheduler'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { generateKey } from './support/renewing-ca.ts'
import { createVirtualCa, encodeChain, type VirtualCa } from './support/virtual-ca.ts'

const key = generateKey()
/** A clock that stands still: renewals come by demand, or not at all. */
const clock = {
  now: () => new Date('2026-11-23T08:00:00Z'),
  wait: (_: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
}

let folder: string
let ca: VirtualCa
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'mayfly-keeper-'))
  ca = await createVirtualCa(clock.now)
})
afterEach(() => rmSync(folder, { recursive: true }))

async function install(name: string): Promise<string> {
  const path = join(folder, `${name}.crt`)
  const { chain } = await ca.issueFor(createPublicKey(key), `${name}.internal`)
  writeFileSync(path, encodeChain(chain))
  return path
}

function entryOf(certificatePath: string) {
  return { certificatePath, key, client: ca }
}

/** A keeper, and a promise of so many events of a type. */
function createKeeper(options: Partial<RenewalKeeperOptions> = {}) {
  const told: string[] = []
  const awaited: { readonly line: string; readonly resolve: () => void }[] = []
  const keeper = createRenewalKeeper({
    clock,
    random: randomBytes,
    onEvent: ({ type }, path) => {
      const line = `${type} ${path}`
      told.push(line)
      for (const { line: wanted, resolve } of awaited) if (wanted === line) resolve()
    },
    ...options,
  })
  async function until(line: string): Promise<void> {
    if (!told.includes(line)) await new Promise<void>((resolve) => awaited.push({ line, resolve }))
  }
  return { keeper, told, until }
}

test('keeps several, each by its own options and hook, and tells how they stand', async () => {
  const [web, mail] = [await install('web'), await install('mail')]
  const { keeper, until } = createKeeper()
  await using _ending: RenewalKeeper = keeper
  const renewed: string[] = []
  keeper.add({ ...entryOf(web), onRenewed: () => void renewed.push('web') })
  keeper.add({ ...entryOf(mail), onRenewed: () => void renewed.push('mail') })
  await Promise.all([until(`scheduled ${web}`), until(`scheduled ${mail}`)])
  expect(keeper.status()).toMatchObject([
    { certificatePath: web, state: 'waiting', subject: 'web.internal' },
    { certificatePath: mail, state: 'waiting', subject: 'mail.internal' },
  ])
  expect(keeper.renewNow(mail)).toBe(true)
  await until(`renewed ${mail}`)
  keeper.renewNow()
  await until(`renewed ${web}`)
  await keeper.stop()
  expect(new Set(renewed)).toEqual(new Set(['web', 'mail']))
  expect(keeper.status()).toEqual([])
})

test('takes no file twice, by whatever path', async () => {
  const web = await install('web')
  const link = join(folder, 'link.crt')
  symlinkSync('web.crt', link)
  const { keeper } = createKeeper()
  await using _ending: RenewalKeeper = keeper
  keeper.add(entryOf(web))
  for (const twice of [
    entryOf(web),
    entryOf(link),
    { ...entryOf(await install('b')), out: link },
  ]) {
    expect(() => keeper.add(twice)).toThrow(expect.objectContaining({ code: 'already_kept' }))
  }
  expect(await keeper.remove(web)).toBe(true)
  keeper.add(entryOf(link))
  expect(keeper.status()).toHaveLength(1)
})

test('lets nobody replace a key that serves another certificate', async () => {
  const [web, mail, own] = [await install('web'), await install('mail'), await install('own')]
  const path = join(folder, 'shared.key')
  writeFileSync(path, key.export({ format: 'pem', type: 'pkcs8' }))
  const sharing = { key: { path }, client: ca }
  const { keeper } = createKeeper()
  await using _ending: RenewalKeeper = keeper
  keeper.add({ ...sharing, certificatePath: web })
  keeper.add({ ...sharing, certificatePath: mail })
  const message = `${own}: ${path} is in care already`
  const refusal = expect.objectContaining({ code: 'already_kept', message })
  expect(() => keeper.add({ ...sharing, certificatePath: own, rekey: {} })).toThrow(refusal)
  await Promise.all([web, mail].map((each) => keeper.remove(each)))
  keeper.add({ ...sharing, certificatePath: own, rekey: {} })
  expect(() => keeper.add({ ...sharing, certificatePath: web })).toThrow(
    expect.objectContaining({ code: 'already_kept' }),
  )
})

test('knows a file that is not there yet by whatever path', async () => {
  symlinkSync('.', join(folder, 'link'))
  const { keeper } = createKeeper()
  await using _ending: RenewalKeeper = keeper
  keeper.add(entryOf(join(folder, 'later.crt')))
  expect(() => keeper.add(entryOf(join(folder, 'link', 'later.crt')))).toThrow(
    expect.objectContaining({ code: 'already_kept' }),
  )
})

test.each([0, -1, Number.NaN])('cannot renew %d at once', (maximumConcurrentRenewals) => {
  expect(() => createKeeper({ maximumConcurrentRenewals })).toThrow(TypeError)
})

test('lets go of one, and knows nothing of others', async () => {
  const [web, mail] = [await install('web'), await install('mail')]
  const { keeper, until } = createKeeper()
  await using _ending: RenewalKeeper = keeper
  keeper.add(entryOf(web))
  keeper.add(entryOf(mail))
  expect(await keeper.remove(web)).toBe(true)
  expect(await keeper.remove(web)).toBe(false)
  expect(keeper.renewNow(web)).toBe(false)
  const before = readFileSync(web, 'utf8')
  keeper.renewNow()
  await until(`renewed ${mail}`)
  expect(readFileSync(web, 'utf8')).toBe(before)
})

test('renews no more at once than allowed, and all in the end', async () => {
  let running = 0
  let most = 0
  const { promise: three, resolve: onThree } = Promise.withResolvers<void>()
  ca.onRequest = async () => {
    running += 1
    most = Math.max(most, running)
    if (running === 3) onThree()
    await three
    running -= 1
  }
  const { keeper, until } = createKeeper({ maximumConcurrentRenewals: 3 })
  await using _ending: RenewalKeeper = keeper
  const paths = await Promise.all(Array.from({ length: 20 }, (_, index) => install(`n${index}`)))
  for (const path of paths) keeper.add(entryOf(path))
  keeper.renewNow()
  await Promise.all(paths.map((path) => until(`renewed ${path}`)))
  expect(most).toBe(3)
})

test('a broken entry is no harm to the others', async () => {
  const web = await install('web')
  const { keeper, until } = createKeeper()
  await using _ending: RenewalKeeper = keeper
  const missing = join(folder, 'missing.crt')
  keeper.add(entryOf(missing))
  keeper.add(entryOf(web))
  await until(`failed ${missing}`)
  keeper.renewNow()
  await until(`renewed ${web}`)
  expect(keeper.status()[0]).toMatchObject({
    state: 'retrying',
    lastError: { message: `error reading ${missing}: no such file or directory` },
  })
})

test('takes nothing in after the stop', async () => {
  const { keeper } = createKeeper()
  await keeper.stop()
  expect(() => keeper.add(entryOf(join(folder, 'web.crt')))).toThrow(TypeError)
})
