import { execFileSync } from 'node:child_process'
import {
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type ConfigurationWatch,
  createConfigurationWatch,
} from '../../src/command/configuration-watch.ts'

let folder: string
let path: string
let watch: ConfigurationWatch
/** Callbacks that wait, with how long. */
let timers: Map<() => void, number>
let listeners: Map<string, () => void>
/** Resolves at the next change that is told. */
let told: PromiseWithResolvers<void>
let changes: number

beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'mayfly-watch-')))
  path = join(folder, 'ca.json')
  await writeFile(path, 'one')
  timers = new Map()
  listeners = new Map()
  told = Promise.withResolvers()
  changes = 0
  watch = createConfigurationWatch({
    path,
    onChange: () => {
      changes += 1
      told.resolve()
      told = Promise.withResolvers()
    },
    setTimer: (callback, milliseconds) => {
      timers.set(callback, milliseconds)
      return () => timers.delete(callback)
    },
    watchFolder: (each, listener) => {
      listeners.set(each, listener)
      return () => listeners.delete(each)
    },
  })
  await watch.note()
})

afterEach(() => rm(folder, { recursive: true }))

test('many events of one moment are looked at once', async () => {
  await watch.start()
  await writeFile(path, 'two')
  for (let event = 0; event < 10; event += 1) listeners.get(folder)?.()
  expect([...timers.values()].filter((milliseconds) => milliseconds < 1000)).toHaveLength(1)
  await Promise.all([told.promise, runTimers(200)])
  expect(changes).toBe(1)
})

test('a change that no event tells of is found now and then, and told once', async () => {
  await watch.start()
  await writeFile(path, 'two')
  await Promise.all([told.promise, runTimers(10_000)])
  runTimers(10_000)
  await writeFile(path, 'three')
  await Promise.all([told.promise, runTimers(10_000)])
  expect(changes).toBe(2)
})

test('a change between the reading and the start is told at the start', async () => {
  await writeFile(path, 'two')
  await watch.start()
  expect(changes).toBe(1)
})

test('what was noted is not told, and nothing while the file is away', async () => {
  await writeFile(path, 'two')
  await watch.note()
  await watch.start()
  await rename(path, `${path}~`)
  runTimers(10_000)
  await rename(`${path}~`, path)
  await writeFile(path, 'three')
  await Promise.all([told.promise, runTimers(10_000)])
  expect(changes).toBe(1)
})

test('the folder that a link leads to is watched, too', async () => {
  await mkdir(join(folder, 'real'))
  await rename(path, join(folder, 'real', 'ca.json'))
  await symlink(join(folder, 'real', 'ca.json'), path)
  await watch.start()
  expect([...listeners.keys()]).toEqual([folder, join(folder, 'real')])
})

test('nothing is left after the stop; it may be started again', async () => {
  await watch.start()
  listeners.get(folder)?.()
  watch.stop()
  expect(timers.size + listeners.size).toBe(0)
  await watch.start()
  await watch.start()
  expect(timers.size + listeners.size).toBe(2)
})

test('a stop during the start leaves nothing either', async () => {
  await writeFile(path, 'two')
  const starting = watch.start()
  watch.stop()
  await starting
  expect(timers.size + listeners.size + changes).toBe(0)
})

test('what can be read only once is left to its reader', async () => {
  const pipe = join(folder, 'pipe')
  execFileSync('/usr/bin/mkfifo', [pipe])
  const writing = writeFile(pipe, 'three')
  await createConfigurationWatch({ path: pipe, onChange: () => undefined, setTimer }).note()
  expect(await readFile(pipe, 'utf8')).toBe('three')
  await writing

  function setTimer(): never {
    throw new Error('it is not watched')
  }
})

function runTimers(milliseconds: number): void {
  const due = [...timers].filter(([, each]) => each === milliseconds)
  for (const [callback] of due) {
    timers.delete(callback)
    callback()
  }
}
