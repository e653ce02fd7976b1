import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmod,
  lstat,
  mkdir,
  readdir,
  readFile,
  rename,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type EditConfigurationOptions, editConfiguration } from '@mayfly/authority-host'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyStepFolder, edit, editJson, type Folder } from './support/folder.ts'
import { refusalOf } from './support/host.ts'
import { addProvisioner, provisionerNames } from './support/provisioners.ts'

let folder: Folder
let path: string

beforeEach(async () => {
  folder = await copyStepFolder()
  path = folder.file('config', 'ca.json')
})
afterEach(() => folder[Symbol.asyncDispose]())

const add =
  (name: string): EditConfigurationOptions['change'] =>
  (document) =>
    addProvisioner(document, name)

describe('what an edit leaves', () => {
  test('every other octet, in step’s own form', async () => {
    const before = await readFile(path, 'utf8')
    await editConfiguration({ path, change: add('acme') })
    const after = await readFile(path, 'utf8')
    const added =
      '\t\t\t},\n\t\t\t{\n\t\t\t\t"type": "ACME",\n\t\t\t\t"name": "acme"\n\t\t\t}\n\t\t]'
    expect(after).toBe(before.replace('\t\t\t}\n\t\t]', added))
  })

  test('unknown members, the order of members, two blanks of indentation and the last line end', async () => {
    await edit(path, (text) => {
      const { root, ...others } = JSON.parse(text)
      const document = { $comment: { by: [{ '<&>': null }, 'hand'] }, ...others, root, mine: 1e3 }
      return `${JSON.stringify(document, undefined, 2)}\n`
    })
    const before = await readFile(path, 'utf8')
    await editConfiguration({ path, change: add('acme') })
    const after = await readFile(path, 'utf8')
    expect(after.replaceAll(/\\u00../g, (text) => JSON.parse(`"${text}"`))).toBe(
      before.replace(
        '      }\n    ]',
        '      },\n      {\n        "type": "ACME",\n        "name": "acme"\n      }\n    ]',
      ),
    )
  })

  test('mode, and no other file', async () => {
    await chmod(path, 0o640)
    await editConfiguration({ path, change: add('acme') })
    expect((await stat(path)).mode & 0o777).toBe(0o640)
    expect((await readdir(folder.file('config'))).toSorted()).toEqual(['ca.json', 'defaults.json'])
  })

  test('a symbolic link, whose target is changed', async () => {
    await mkdir(folder.file('elsewhere'))
    const target = folder.file('elsewhere', 'real.json')
    await rename(path, target)
    await symlink(target, path)
    await editConfiguration({ path, change: add('acme') })
    expect((await lstat(path)).isSymbolicLink()).toBe(true)
    expect(provisionerNames(JSON.parse(await readFile(target, 'utf8')))).toContain('acme')
    expect(await readdir(folder.file('elsewhere'))).toEqual(['real.json'])
  })

  test('the very file where nothing is changed', async () => {
    const before = await stat(path)
    await editConfiguration({ path, change: (document) => document })
    expect((await stat(path)).ino).toBe(before.ino)
  })
})

describe('an edit is refused, and the file stays,', () => {
  test('when the new document is no configuration, with the path and the reason', async () => {
    const before = await readFile(path, 'utf8')
    const refusal = await refusalOf(
      editConfiguration({ path, change: (document) => ({ ...document, address: 'x' }) }),
    )
    expect(refusal).toMatchObject({ code: 'configuration_invalid' })
    expect(refusal.message).toContain(`${path}: address: invalid address x`)
    expect(await readFile(path, 'utf8')).toBe(before)
    expect(await readdir(folder.file('config'))).toHaveLength(2)
  })

  test('when what is there is no configuration', async () => {
    await editJson(path, { crt: 5 })
    expect(await refusalOf(editConfiguration({ path, change: add('x') }))).toMatchObject({
      code: 'configuration_invalid',
    })
  })

  test.each(['12345678901234567890', '-9007199254740993', '1e999'])(
    'when it holds the number %s, which would become another',
    async (number) => {
      await edit(path, (text) => text.replace('{', `{"$comment": "1e999", "$big": [${number}],`))
      const before = await readFile(path, 'utf8')
      const refusal = await refusalOf(editConfiguration({ path, change: add('x') }))
      expect(refusal).toMatchObject({
        code: 'configuration_invalid',
        message: `${path} holds the number ${number}, which cannot be kept as it is`,
      })
      expect(await readFile(path, 'utf8')).toBe(before)
    },
  )

  test('when there is none', async () => {
    const refusal = await refusalOf(editConfiguration({ path: `${path}x`, change: add('x') }))
    expect(refusal).toMatchObject({
      code: 'configuration_not_found',
      message: `open ${path}x failed: no such file or directory`,
    })
    expect(await readdir(folder.file('config'))).toHaveLength(2)
  })

  test('when somebody writes it meanwhile without the lock', async () => {
    let theirs = ''
    const { writeFileSync } = await import('node:fs')
    const refusal = await refusalOf(
      editConfiguration({
        path,
        change: (document) => {
          theirs = JSON.stringify({ ...document, address: ':1' })
          writeFileSync(path, theirs)
          return addProvisioner(document, 'mine')
        },
      }),
    )
    expect(refusal).toMatchObject({ code: 'configuration_changed' })
    expect(await readFile(path, 'utf8')).toBe(theirs)
    expect(await readdir(folder.file('config'))).toHaveLength(2)
  })

  test('when the change itself throws, and the next one goes on', async () => {
    const slip = new Error('no such provisioner')
    const failing = editConfiguration({
      path,
      change: () => {
        throw slip
      },
    })
    await expect(failing).rejects.toBe(slip)
    await editConfiguration({ path, change: add('next'), waitMilliseconds: 0 })
  })

  test.each([
    { who: 'a living process', host: hostname(), shown: `process ${process.pid}` },
    {
      who: 'another machine',
      host: 'other.internal',
      shown: `process ${process.pid} on other.internal`,
    },
  ])('while $who holds the lock, which is named', async ({ host, shown }) => {
    const lock = JSON.stringify({ pid: process.pid, host, began: '', token: 'ab' })
    await writeFile(`${path}.lock`, lock)
    const refusal = await refusalOf(
      editConfiguration({ path, change: add('x'), waitMilliseconds: 0 }),
    )
    expect(refusal).toMatchObject({
      code: 'configuration_locked',
      message: `${path} is being changed by ${shown}`,
      hint: `try again when it is done; if nobody is changing it, remove ${path}.lock`,
    })
    expect(await readFile(`${path}.lock`, 'utf8')).toBe(lock)
  })

  test('while a lock is there that nobody can read', async () => {
    await writeFile(`${path}.lock`, '')
    expect(
      await refusalOf(editConfiguration({ path, change: add('x'), waitMilliseconds: 0 })),
    ).toMatchObject({ code: 'configuration_locked' })
  })
})

describe('several editors', () => {
  test('of twenty processes at once, no change is lost', async () => {
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`)
    const children = names.map((name) => startEditor(name))
    const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
    expect(codes).toEqual(names.map(() => 0))
    const written = provisionerNames(JSON.parse(await readFile(path, 'utf8')))
    expect(written.slice(1).toSorted()).toEqual(names.toSorted())
    expect(await readdir(folder.file('config'))).toHaveLength(2)
  }, 60_000)

  test('of fifty in one process, no change is lost', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `p${index}`)
    await Promise.all(names.map((name) => editConfiguration({ path, change: add(name) })))
    expect(provisionerNames(JSON.parse(await readFile(path, 'utf8')))).toHaveLength(51)
  }, 30_000)

  test('a killed one leaves the old file whole, and its lock is taken over by one alone', async () => {
    const before = await readFile(path, 'utf8')
    const child = startEditor('killed', 'stop')
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(await readFile(path, 'utf8')).toBe(before)
    const { token } = JSON.parse(await readFile(`${path}.lock`, 'utf8'))
    // As if it had been killed while it wrote.
    await writeFile(folder.file('config', `.ca.json.${token}.tmp`), '{"half')
    const names = Array.from({ length: 20 }, (_, index) => `p${index}`)
    await Promise.all(names.map((name) => editConfiguration({ path, change: add(name) })))
    const written = provisionerNames(JSON.parse(await readFile(path, 'utf8')))
    expect(written.slice(1).toSorted()).toEqual(names.toSorted())
    expect((await readdir(folder.file('config'))).toSorted()).toEqual(['ca.json', 'defaults.json'])
  }, 30_000)

  test('killed at any moment leave the old file or the new one', async () => {
    for (let round = 0; round < 8; round += 1) {
      const before = provisionerNames(JSON.parse(await readFile(path, 'utf8')))
      const child = startEditor(`p${round}`)
      const ended = once(child, 'exit')
      // Further on in each round: before the new file is written, while it is, and after it stands.
      await Promise.race([ended, lockedBy(child.pid, round)])
      child.kill('SIGKILL')
      await ended
      const after = provisionerNames(JSON.parse(await readFile(path, 'utf8')))
      expect([before, [...before, `p${round}`]]).toContainEqual(after)
    }
    await editConfiguration({ path, change: add('last') })
    expect(await readdir(folder.file('config'))).not.toContain('ca.json.lock')
  }, 60_000)

  test('a lock whose process number came again is taken over', async () => {
    const began = 'another-start-of-the-machine 5'
    const lock = JSON.stringify({ pid: process.pid, host: hostname(), began, token: 'ab' })
    await writeFile(`${path}.lock`, lock)
    await editConfiguration({ path, change: add('x'), waitMilliseconds: 0 })
    expect(await readdir(folder.file('config'))).toHaveLength(2)
  })
})

const script = fileURLToPath(new URL('support/editing-child.ts', import.meta.url))

function startEditor(...words: readonly string[]) {
  return spawn(process.execPath, [script, path, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** Resolves some turns of the event loop after a process has taken the lock. */
async function lockedBy(pid: number | undefined, turns: number): Promise<void> {
  while (!(await lockText()).includes(`"pid":${pid},`)) await immediate()
  for (let turn = 0; turn < turns * 4; turn += 1) await immediate()
}

async function lockText(): Promise<string> {
  return await readFile(`${path}.lock`, 'utf8').catch(() => '')
}

function immediate(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
