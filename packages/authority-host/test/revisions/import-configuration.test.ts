import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises'
import {
  exportConfiguration,
  loadEffectiveConfiguration,
  openExplainer,
} from '@mayfly/authority-host'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { edit, editJson } from '../support/folder.ts'
import { now, random, refusalOf } from '../support/host.ts'
import {
  createProvisioner,
  createUnsharedAuthority,
  importInto,
  type SharedAuthority,
  withProvisioner,
} from '../support/shared-authority.ts'
import { sqlite } from '../support/shared-database.ts'

let shared: SharedAuthority
let path: string
beforeEach(async () => {
  shared = await createUnsharedAuthority(sqlite)
  path = shared.configurationPath
})
afterEach(() => shared[Symbol.asyncDispose]())

const readFileDocument = async () => JSON.parse(await shared.folder.readText('config', 'ca.json'))

describe('importConfiguration', () => {
  test('moves what is shared, and keeps the rest and a copy of all', async () => {
    const retention = { certificates: '24h' }
    const mayfly = { retention, watchConfiguration: true }
    await editJson(path, { mayfly, crl: { enabled: false }, later: 1 })
    const before = await shared.folder.readText('config', 'ca.json')
    const { authority } = JSON.parse(before)
    const { revision, isKnown, copyPath } = await importInto(shared)
    expect(isKnown).toBe(false)
    expect(revision).toMatchObject({ number: 1, author: 'root', comment: 'moved' })
    expect(revision.document).toEqual({ authority, crl: { enabled: false }, mayfly: { retention } })
    const after = await readFileDocument()
    expect(after).not.toHaveProperty('crl')
    expect(after).toMatchObject({
      authority: {},
      later: 1,
      mayfly: { watchConfiguration: true, configuration: 'database' },
    })
    expect(copyPath).toBe(`${path}.before-revision-1`)
    expect(await shared.folder.readText('config', 'ca.json.before-revision-1')).toBe(before)
    expect((await stat(copyPath ?? '')).mode).toBe((await stat(path)).mode)
  })

  test('completes after a crash between the revision and the file, without another revision', async () => {
    await copyFile(path, `${path}.whole`)
    await importInto(shared)
    const after = await shared.folder.readText('config', 'ca.json')
    await copyFile(`${path}.whole`, path)
    const again = await importInto(shared)
    expect(again).toMatchObject({ isKnown: true, revision: { number: 1 } })
    expect(again.copyPath).toBe(`${path}.before-revision-1`)
    expect(await shared.folder.readText('config', 'ca.json')).toBe(after)
  })

  test('has nothing left to do when it is done', async () => {
    await importInto(shared)
    const after = await shared.folder.readText('config', 'ca.json')
    expect(await importInto(shared)).toMatchObject({ isKnown: true, copyPath: undefined })
    expect(await shared.folder.readText('config', 'ca.json')).toBe(after)
  })

  test('of a file that was left behind takes back nothing that others have changed since', async () => {
    await copyFile(path, `${path}.whole`)
    await importInto(shared)
    const second = await createProvisioner('second')
    await shared.commit((document) => withProvisioner(document, second.entry))
    await copyFile(`${path}.whole`, path)
    const before = await shared.folder.readText('config', 'ca.json')
    const error = await refusalOf(importInto(shared))
    expect(error.code).toBe('revision_conflict')
    expect(error.message).toMatch(/ca\.json says otherwise than revision 2, which alice committed/)
    expect(error.hint).toContain('mayfly ca config import --parent 2')
    expect((await refusalOf(importInto(shared, { parent: 1 }))).code).toBe('revision_conflict')
    expect(await shared.folder.readText('config', 'ca.json')).toBe(before)
    expect((await shared.commit((document) => document)).number).toBe(3)
  })

  test('makes the file the next revision where it is to take the place of the newest', async () => {
    await copyFile(path, `${path}.whole`)
    await importInto(shared)
    await copyFile(`${path}.whole`, path)
    await editJson(path, { crl: { enabled: false } })
    expect(await importInto(shared, { parent: 1 })).toMatchObject({
      isKnown: false,
      revision: { number: 2 },
    })
  })

  test('takes the texts of template files along', async () => {
    const { authority } = await readFileDocument()
    const template = '{"subject": {{ toJson .Subject }}}'
    await writeFile(shared.folder.file('leaf.tpl'), template)
    await writeFile(shared.folder.file('plain.tpl'), 'no brace')
    const [first] = authority.provisioners
    const provisioners = [
      { ...first, options: { x509: { templateFile: 'leaf.tpl', templateData: { a: 1 } } } },
      { type: 'ACME', name: 'acme', options: { ssh: { templateFile: 'plain.tpl' } } },
    ]
    await editJson(path, { authority: { provisioners } })
    const { revision } = await importInto(shared)
    expect(revision.document).toMatchObject({
      authority: {
        provisioners: [
          { options: { x509: { template, templateData: { a: 1 } } } },
          { options: { ssh: { template: Buffer.from('no brace').toString('base64') } } },
        ],
      },
    })
    expect(revision.text).not.toContain('templateFile')
    await using host = await shared.open()
    expect(host.authority.provisionerWarnings.map(({ name }) => name)).toEqual(['acme'])
  })

  test('refuses a number that would become another one, before anything is written', async () => {
    await edit(path, (text) => text.replace('{', '{ "crl": { "number": 12345678901234567890 },'))
    const before = await shared.folder.readText('config', 'ca.json')
    const error = await refusalOf(importInto(shared))
    expect(error.message).toMatch(/ca\.json holds the number 12345678901234567890, which cannot/)
    expect(await shared.folder.readText('config', 'ca.json')).toBe(before)
    await using host = await shared.open()
    expect(await host.store.revisions.findCurrentNumber()).toBe(0)
  })

  test('refuses a template file that cannot be read, and changes nothing', async () => {
    const { authority } = await readFileDocument()
    const [first] = authority.provisioners
    const options = { x509: { templateFile: 'nowhere.tpl' } }
    await editJson(path, { authority: { provisioners: [{ ...first, options }] } })
    const before = await shared.folder.readText('config', 'ca.json')
    expect((await refusalOf(importInto(shared))).message).toMatch(/nowhere\.tpl failed: no such/)
    expect(await shared.folder.readText('config', 'ca.json')).toBe(before)
  })
})

test('whoever begins beside the data of step-ca, which the server alone is told, may share', async () => {
  const dataSource = shared.folder.file('badger')
  await mkdir(dataSource)
  await editJson(path, { db: { type: 'badgerv2', dataSource } })
  const manifest = shared.folder.file('badger', 'MANIFEST')
  await writeFile(manifest, 'left by step-ca')
  expect((await refusalOf(importInto(shared))).code).toBe('database_history_found')
  await (await shared.open({ discardHistory: true })).close()
  await importInto(shared)
  expect((await shared.commit((document) => document)).number).toBe(2)
  expect((await refusalOf(shared.open())).code).toBe('database_history_found')
})

test('what is exported is the whole ca.json again', async () => {
  const before = await readFileDocument()
  await importInto(shared)
  const {
    whole,
    shared: part,
    revision,
  } = await exportConfiguration({ configurationPath: path, now })
  expect(whole).toEqual({ ...before, mayfly: { configuration: 'file' } })
  expect(part).toEqual(revision.document)
  const error = await refusalOf(exportConfiguration({ configurationPath: path, number: 7, now }))
  expect(error).toMatchObject({
    code: 'revision_missing',
    message: 'the database holds no revision 7 of the configuration',
    hint: expect.stringContaining('mayfly ca config history'),
  })
})

describe('readers of the configuration', () => {
  test('see what the database holds', async () => {
    expect(await loadEffectiveConfiguration({ configurationPath: path })).toMatchObject({
      revision: undefined,
    })
    await importInto(shared)
    const second = await createProvisioner('second')
    await shared.commit(() => ({ authority: { provisioners: [second.entry] } }))
    const effective = await loadEffectiveConfiguration({ configurationPath: path })
    expect(effective.revision).toBe(2)
    expect(effective.configuration.authority.provisioners.map(({ name }) => name)).toEqual([
      'second',
    ])
    await using explainer = await openExplainer({ configurationPath: path, now, random })
    expect(explainer.configuration).toEqual(effective.configuration)
  })

  test('are refused where there is no database yet, and make none', async () => {
    await editJson(path, { authority: {}, mayfly: { configuration: 'database' } })
    for (const read of [
      () => loadEffectiveConfiguration({ configurationPath: path }),
      () => exportConfiguration({ configurationPath: path, now }),
      () => shared.openShared(),
    ]) {
      expect((await refusalOf(read())).code).toBe('revision_missing')
    }
    await expect(stat(shared.folder.file('mayfly.sqlite'))).rejects.toThrow(/ENOENT/)
  })
})
