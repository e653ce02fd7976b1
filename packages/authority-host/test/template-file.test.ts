import { mkdir, writeFile } from 'node:fs/promises'
import { formatName } from '@mayfly/x509-profiles'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyStepFolder, edit, type Folder } from './support/folder.ts'
import { createToken, open, provisionerKey, sign } from './support/host.ts'

const passphrase = 'correct horse battery staple'
const password = async (): Promise<string> => passphrase

let folder: Folder

beforeAll(async () => {
  folder = await copyStepFolder()
  await mkdir(folder.file('templates'), { recursive: true })
})
afterAll(() => folder[Symbol.asyncDispose]())

/** Opens the folder with `templateFile` at its one provisioner. */
async function openWith(templateFile: string) {
  const path = folder.file('config', 'ca.json')
  await edit(path, (text) => {
    const document = JSON.parse(text)
    document.authority.provisioners[0].options = { x509: { templateFile } }
    return JSON.stringify(document)
  })
  return open(path, { password })
}

test('a template file is read from the home folder, at the start and at a reload', async () => {
  const file = folder.file('templates', 'leaf.tpl')
  await writeFile(file, '{"subject": "first"}')
  await using host = await openWith('templates/leaf.tpl')
  const key = await provisionerKey(host, passphrase)
  const subjectOfNext = async (): Promise<string> =>
    formatName((await sign(host, await createToken(host, key))).subject)
  expect(await subjectOfNext()).toBe('CN=first')
  await writeFile(file, '{"subject": "second"}')
  expect(await subjectOfNext()).toBe('CN=first')
  await host.reload()
  expect(await subjectOfNext()).toBe('CN=second')
})

test('an absolute name is taken as it is', async () => {
  await writeFile(folder.file('elsewhere.tpl'), '{"subject": "absolute"}')
  await using host = await openWith(folder.file('elsewhere.tpl'))
  const key = await provisionerKey(host, passphrase)
  const certificate = await sign(host, await createToken(host, key))
  expect(formatName(certificate.subject)).toBe('CN=absolute')
})

test('a file that is not there is the trouble of its provisioner, not of the start', async () => {
  await using host = await openWith('templates/missing.tpl')
  expect(host.authority.provisionerWarnings).toMatchObject([
    { reason: expect.stringMatching(/templates\/missing\.tpl cannot be read: /) },
  ])
})
