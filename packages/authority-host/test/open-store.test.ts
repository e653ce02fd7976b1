import { execFileSync } from 'node:child_process'
import { cp, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { copyStepFolder, editJson, type Folder } from './support/folder.ts'
import { createToken, open, provisionerKey, refusalOf, sign, testTime } from './support/host.ts'

const password = async (): Promise<string> => 'correct horse battery staple'

describe('the db block', () => {
  test.each(['sqlite', 'SQLite'])('of type %s names a file, whose folder is made', async (type) => {
    await using folder = await withDatabase({ type, dataSource: 'kept/ca.sqlite' })
    {
      await using host = await openHost(folder)
      expect(host.store.kind).toBe('sqlite')
      const key = await provisionerKey(host, await password())
      const token = await createToken(host, key)
      await sign(host, token)
      await expect(sign(host, token)).rejects.toMatchObject({ code: 'token_already_used' })
    }
    expect((await stat(folder.file('kept'))).mode & 0o777).toBe(0o700)
    await using again = await openHost(folder)
    expect(await again.store.countCertificates()).toBe(1)
  })

  test.each(['badger', 'badgerv1', 'badgerV2'])(
    'of type %s means SQLite in the same folder',
    async (type) => {
      await using folder = await withDatabase({ type, dataSource: 'db', badgerFileLoadingMode: '' })
      await mkdir(folder.file('db'))
      await using host = await openHost(folder)
      expect(host.store.kind).toBe('sqlite')
      expect(await readdir(folder.file('db'))).toContain('mayfly.sqlite')
    },
  )

  test('of type bbolt means SQLite beside the file', async () => {
    await using folder = await withDatabase({ type: 'bbolt', dataSource: 'db/step.db' })
    await using host = await openHost(folder)
    expect(host.store.kind).toBe('sqlite')
    expect(await readdir(folder.file('db'))).toContain('mayfly.sqlite')
  })

  test.each([
    [
      'badgerv2',
      'db',
      (folder: Folder) => cp(badgerFolder, folder.file('db'), { recursive: true }),
    ],
    [
      'bbolt',
      'db/step.db',
      async (folder: Folder) => {
        await mkdir(folder.file('db'))
        await writeFile(folder.file('db', 'step.db'), 'data')
      },
    ],
  ])('of type %s is refused when step-ca left data', async (type, dataSource, leaveData) => {
    await using folder = await withDatabase({ type, dataSource })
    await leaveData(folder)
    const error = await refusalOf(openHost(folder))
    expect(error.code).toBe('database_history_found')
    expect(error.hint).toContain('--discard-history')
    expect(await readdir(folder.file('db'))).not.toContain('mayfly.sqlite')
    await using host = await openHost(folder, { discardHistory: true })
    expect(host.store.persistent).toBe(true)
  })

  test.each(['000000.vlog', '000002.sst', 'MANIFEST'])(
    'of Badger is refused for %s alone',
    async (name) => {
      await using folder = await withDatabase({ type: 'badgerv2', dataSource: 'db' })
      await mkdir(folder.file('db'))
      await writeFile(folder.file('db', name), '')
      expect((await refusalOf(openHost(folder))).code).toBe('database_history_found')
    },
  )

  test('of another type is refused, and its data source not shown', async () => {
    await using folder = await withDatabase({ type: 'foo', dataSource: 'user:hunter2@/db' })
    const error = await refusalOf(openHost(folder))
    expect(error.code).toBe('database_unsupported')
    expect(`${error.message}${error.hint}`).not.toContain('hunter2')
  })

  test.each([
    ['mysql', 'user:hunter2@tcp(localhost:port)/db', 'the port is no number from 1 to 65535'],
    ['mysql', 'user:hunter2@tcp(localhost)/', 'no database is named'],
    ['postgresql', 'postgres://user:hunter2@localhost/', 'no database is named'],
    ['PostgreSQL', 'postgres://user:hunter2@localhost/db?sslmode=on', 'sslmode=on is not known'],
  ])('of type %s that says %s is refused without being shown', async (type, dataSource, reason) => {
    await using folder = await withDatabase({ type, dataSource })
    const error: unknown = await openHost(folder).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'store_unsupported',
      message: `db.dataSource: ${reason}`,
      hint: expect.any(String),
    })
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('hunter2')
  })

  test('of type badgerv2 that names a file is refused with the way out', async () => {
    await using folder = await withDatabase({ type: 'badgerv2', dataSource: 'ca.db' })
    await writeFile(folder.file('ca.db'), '')
    const error = await refusalOf(openHost(folder))
    expect(error.code).toBe('database_unsupported')
    expect(error.message).toBe(
      `db.dataSource: reading ${folder.file('ca.db')} failed: not a directory`,
    )
    expect(error.hint).toBe('badgerv2 keeps its data in a folder: name one')
  })

  describe('on a Node without node:sqlite', () => {
    // `--no-experimental-sqlite` takes the module away, as it is before Node 22.5.
    const run = (script: string): string =>
      execFileSync(
        process.execPath,
        ['--no-experimental-sqlite', '--input-type=module', '--eval', script],
        { encoding: 'utf8' },
      )
    const index = new URL('../src/index.ts', import.meta.url)
    const writeOptions = async (folder: Folder): Promise<string> => `{
      configurationPath: ${JSON.stringify(folder.file('config', 'ca.json'))},
      password: async () => ${JSON.stringify(await password())},
      now: () => new Date(${testTime.getTime()}),
    }`

    test('is refused with the version that it needs', async () => {
      await using folder = await withDatabase({ type: 'sqlite', dataSource: 'ca.sqlite' })
      const options = await writeOptions(folder)
      const output = run(`import { openAuthority } from '${index}'
        await openAuthority(${options}).catch(({ code, message }) => console.log(code, message))`)
      expect(output).toBe(
        `database_unsupported SQLite needs Node 22.16 or later; this is ${process.versions.node}\n`,
      )
    })

    test('is not missed when it is left out', async () => {
      await using folder = await copyStepFolder()
      const options = await writeOptions(folder)
      const output = run(`import { openAuthority } from '${index}'
        const host = await openAuthority(${options})
        console.log(host.store.kind)
        await host.close()`)
      expect(output).toBe('memory\n')
    })
  })

  describe('without the packages of database servers', () => {
    const run = (folder: Folder): string => {
      const index = new URL('../src/index.ts', import.meta.url)
      const script = `import { registerHooks } from 'node:module'
        registerHooks({
          resolve: (name, context, next) => {
            if (name === 'pg' || name === 'mysql2') throw new Error('not installed')
            return next(name, context)
          },
        })
        const { openExplainer } = await import('${index}')
        const now = () => new Date(${testTime.getTime()})
        const configurationPath = ${JSON.stringify(folder.file('config', 'ca.json'))}
        await openExplainer({ configurationPath, now }).then(
          (explainer) => explainer[Symbol.asyncDispose](),
          ({ code, message, hint }) => console.log(code, message, hint),
        )`
      return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
        encoding: 'utf8',
      })
    }

    test.each([
      ['mysql', 'ca:hunter2@tcp(localhost)/ca', 'mysql2'],
      ['postgresql', 'postgresql://ca:hunter2@localhost/ca', 'pg'],
    ])('%s is refused, and the package named', async (type, dataSource, name) => {
      await using folder = await withDatabase({ type, dataSource })
      expect(run(folder)).toBe(
        `store_unsupported db.dataSource: the package ${name} cannot be loaded install it: npm install ${name}\n`,
      )
    })

    test('sqlite works', async () => {
      await using folder = await withDatabase({ type: 'sqlite', dataSource: 'ca.sqlite' })
      await (await openHost(folder)).close()
      expect(run(folder)).toBe('')
    })
  })

  test('may be null, as if it were not there', async () => {
    await using folder = await copyStepFolder()
    await editJson(folder.file('config', 'ca.json'), { db: null })
    await using host = await openHost(folder)
    expect(host.store.kind).toBe('memory')
  })
})

/** What the real step-ca left behind; see the README beside it. */
const badgerFolder = new URL('./vectors/step-ca-badger', import.meta.url)

async function withDatabase(db: {
  type: string
  dataSource: string
  [member: string]: string
}): Promise<Folder> {
  const folder = await copyStepFolder()
  const dataSource = db.dataSource.includes('@') ? db.dataSource : folder.file(db.dataSource)
  await editJson(folder.file('config', 'ca.json'), { db: { ...db, dataSource } })
  return folder
}

function openHost(folder: Folder, options: { discardHistory?: boolean } = {}) {
  return open(folder.file('config', 'ca.json'), { password, ...options })
}
