import { readFile, realpath } from 'node:fs/promises'
import { isAbsolute, resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  type CaConfiguration,
  isJsonObject,
  type JsonObject,
  joinConfiguration,
  listTemplateFiles,
  parseCaConfiguration,
  parseFileConfiguration,
  splitConfiguration,
} from '@mayfly/authority-core/config'
import { writeFileWhole } from '@mayfly/keystore-hsm'
import { assertNumbersKept, editConfiguration } from '../edit-configuration.ts'
import { describeFileError, HostError } from '../errors.ts'
import { homeOf, readConfiguration, refusingInvalid } from '../load-configuration.ts'
import { openExistingStore, openStore, storeOptionsOf } from '../open-store.ts'
import { configurationKeyPaths, loadTrustedKeys } from './configuration-key.ts'
import { createSharedConfiguration } from './open-shared-configuration.ts'
import { proveDocument } from './prove-document.ts'
import type { OpenSharedConfigurationOptions, TrustedRevision } from './shared-configuration.ts'

/** How the shared part of a `ca.json` is moved into the database. */
export interface ImportConfigurationOptions
  extends Omit<OpenSharedConfigurationOptions, 'configurationPath'> {
  /** The `ca.json`, which may hold the shared part or be rid of it already. */
  readonly configurationPath: string
  /**
   * The newest revision, which the part of the file may take the place of although it says otherwise. Where it is left out, the
   * file gives the first revision alone.
   */
  readonly parent?: number
  /** As of a revision that is committed. */
  readonly author: string
  readonly comment: string
}

/** What an import has done. */
export interface ImportedConfiguration {
  /** The newest revision, which holds what the file held. */
  readonly revision: TrustedRevision
  /** Whether the database held the same already, and no revision was made. */
  readonly isKnown: boolean
  /** The copy of the file as it was; `undefined` where there was nothing to take out of it. */
  readonly copyPath: string | undefined
}

/**
 * Moves the part of a `ca.json` that instances share into the database, as its first revision or, with `parent`, the next; the
 * texts of template files go with it. The revision stands before the file is rewritten, so that at no moment a provisioner is
 * nowhere; done again after a crash, it completes. So do other instances with the same file: no further revision is made.
 *
 * @throws {HostError} as `SharedConfiguration.commit` and `editConfiguration`; `revision_conflict` also when the newest
 * revision says otherwise and is not the `parent`; `configuration_unreadable` for a template file that cannot be read.
 * @throws {StoreError}
 */
export async function importConfiguration(
  options: ImportConfigurationOptions,
): Promise<ImportedConfiguration> {
  const { configurationPath, parent, author, comment } = options
  const text = await readConfiguration(configurationPath)
  const whole = refusingInvalid(() => parseCaConfiguration(text, { source: configurationPath }))
  const { local, shared } = splitConfiguration(whole.raw)
  const file = parseLocal(local, configurationPath)
  const isRewritten = !isDeepStrictEqual(file.raw, whole.raw)
  if (isRewritten) assertNumbersKept(text, configurationPath)
  const document = await inlineTemplates(shared, homeOf(configurationPath))
  const { publicKeys } = configurationKeyPaths(file, configurationPath)
  const keys = await loadTrustedKeys(publicKeys)
  const opening = storeOptionsOf(file)
  const store =
    (await openExistingStore(file.db, opening)) ??
    (await openStore(file.db, { ...opening, dangerouslyDiscardHistory: false }))
  await using configuration = createSharedConfiguration({ ...options, file, keys, store })
  const current = await configuration.current()
  const isMoved =
    current !== undefined &&
    (Object.keys(shared).length === 0 || isDeepStrictEqual(current.document, toPlain(document)))
  if (!isMoved && current !== undefined && parent === undefined) {
    throw saysOtherwise(current, configurationPath)
  }
  const revision = isMoved
    ? current
    : await configuration.commit({ parent: parent ?? 0, document, author, comment })
  const copyPath = isRewritten
    ? await rewrite({ configurationPath, text, whole, file, revision })
    : undefined
  return { revision, isKnown: isMoved, copyPath }
}

/**
 * Proves what {@link importConfiguration} would move into the database, and returns it. Needs no key and no database, and
 * writes nothing.
 *
 * @throws {HostError} `configuration_invalid`, with the JSON path of each wrong member; as {@link importConfiguration} for files.
 */
export async function proveImport({
  configurationPath,
  now,
}: Pick<ImportConfigurationOptions, 'configurationPath' | 'now'>): Promise<JsonObject> {
  const text = await readConfiguration(configurationPath)
  const whole = refusingInvalid(() => parseCaConfiguration(text, { source: configurationPath }))
  const { local, shared } = splitConfiguration(whole.raw)
  const file = parseLocal(local, configurationPath)
  const document = await inlineTemplates(shared, homeOf(configurationPath))
  await proveDocument(document, { file, former: undefined, source: configurationPath, now: now() })
  return document
}

/** A file that was left behind holds what others have changed since, and nobody would see it go. */
function saysOtherwise(
  { number, author, createdAt }: TrustedRevision,
  configurationPath: string,
): HostError {
  return new HostError(
    'revision_conflict',
    `${configurationPath} says otherwise than revision ${number}, which ${author} committed at ${createdAt.toISOString()}`,
    {
      hint: `to go by the revision, write "configuration": "database" into its member "mayfly" and remove what is shared; 'mayfly ca config import --parent ${number}' puts the file in the place of the revision`,
    },
  )
}

/** The file as it will be: `"database"` is said in it, and the shared part is gone. */
function parseLocal(local: JsonObject, source: string): CaConfiguration {
  const raw = joinConfiguration({ local, shared: { mayfly: { configuration: 'database' } } })
  return refusingInvalid(() => parseFileConfiguration(raw, { source }))
}

async function rewrite({
  configurationPath,
  text,
  whole,
  file,
  revision,
}: {
  readonly configurationPath: string
  readonly text: string
  readonly whole: CaConfiguration
  readonly file: CaConfiguration
  readonly revision: TrustedRevision
}): Promise<string> {
  const target = await realpath(configurationPath)
  const copyPath = `${target}.before-revision-${revision.number}`
  await writeFileWhole(copyPath, text, { like: target })
  await editConfiguration({
    path: configurationPath,
    change: (present) => {
      if (isDeepStrictEqual(present, whole.raw)) return file.raw
      throw new HostError('configuration_changed', `${configurationPath} was changed meanwhile`, {
        hint: `revision ${revision.number} holds it as it was before; look at the change and import again`,
      })
    },
  })
  return copyPath
}

/** Other instances need not have the files: their texts go into the document. */
async function inlineTemplates(document: JsonObject, homePath: string): Promise<JsonObject> {
  const texts = new Map<string, string>()
  for (const { name } of listTemplateFiles(document)) {
    texts.set(name, await readTemplate(isAbsolute(name) ? name : resolve(homePath, name)))
  }
  if (texts.size === 0) return document
  return toPlain(document, (member, value) => {
    if (!isJsonObject(value) || typeof value.templateFile !== 'string') return value
    if (member !== 'x509' && member !== 'ssh') return value
    const { templateFile, ...rest } = value
    const text = texts.get(templateFile)
    return text === undefined || rest.template ? rest : { ...rest, template: text }
  })
}

/** A text that does not begin with a brace would be taken for base64, and so is given as such. */
async function readTemplate(path: string): Promise<string> {
  try {
    const octets = await readFile(path)
    const text = octets.toString('utf8')
    return text.trim().startsWith('{') ? text : octets.toString('base64')
  } catch (cause) {
    const message = `reading the template ${path} failed: ${describeFileError(cause)}`
    throw new HostError('configuration_unreadable', message, { cause })
  }
}

/** The document as JSON gives it again, each member by `change`. */
function toPlain(
  document: JsonObject,
  change?: (member: string, value: unknown) => unknown,
): JsonObject {
  const value: unknown = JSON.parse(JSON.stringify(document, change))
  return isJsonObject(value) ? value : {}
}
