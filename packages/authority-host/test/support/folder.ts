import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A temporary folder that is removed when it goes out of use. */
export interface Folder extends AsyncDisposable {
  readonly path: string
  file(...names: string[]): string
  readText(...names: string[]): Promise<string>
}

export async function createFolder(): Promise<Folder> {
  const path = await mkdtemp(join(tmpdir(), 'mayfly-host-'))
  const file = (...names: string[]): string => join(path, ...names)
  return {
    path,
    file,
    readText: (...names) => readFile(file(...names), 'utf8'),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** Where the folder that the real step made stood. */
const stepPath = '/etc/step-ca'

/** Copies the folder that the real `step ca init --no-db` made, its absolute paths turned to the copy. */
export async function copyStepFolder(): Promise<Folder> {
  const folder = await createFolder()
  const source = new URL('../vectors/step-ca-no-db', import.meta.url)
  await cp(source, folder.path, { recursive: true })
  await edit(folder.file('config', 'ca.json'), (text) => text.replaceAll(stepPath, folder.path))
  return folder
}

/** Rewrites a text file. */
export async function edit(path: string, change: (text: string) => string): Promise<void> {
  await writeFile(path, change(await readFile(path, 'utf8')))
}

/** Rewrites members of a JSON file. */
export async function editJson(path: string, members: object): Promise<void> {
  await edit(path, (text) => JSON.stringify({ ...JSON.parse(text), ...members }))
}
