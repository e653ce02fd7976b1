import { existsSync } from 'node:fs'
import {
  type JsonObject,
  parseCaConfiguration,
  splitConfiguration,
} from '@mayfly/authority-core/config'
import {
  configurationKeyPaths,
  findNewestRevision,
  importConfiguration,
  proveImport,
} from '@mayfly/authority-host'
import { commitDraft } from '../../../ca/configuration/commit-draft.ts'
import { formatDifferences } from '../../../ca/configuration/difference-lines.ts'
import { listDifferences } from '../../../ca/configuration/differences.ts'
import { loadDocument } from '../../../ca/configuration/document-file.ts'
import {
  reportLeftAside,
  reportNewWarnings,
  reportWarnings,
} from '../../../ca/configuration/document-warnings.ts'
import { makeConfigurationKey } from '../../../ca/configuration/new-configuration-key.ts'
import {
  authorship,
  configurationPassword,
  draftFlags,
  openShared,
  sharedConfigurationFlags,
  signingFlags,
} from '../../../ca/configuration/shared.ts'
import { configurationPathOf } from '../../../ca/configuration-path.ts'
import { listProvisioners } from '../../../ca/provisioner/kept-provisioners.ts'
import {
  type CommandDefinition,
  defineCommand,
  type Invocation,
} from '../../../framework/command-definition.ts'
import { CommandError, flagValueInvalid } from '../../../framework/errors.ts'
import { reportLine, writeResult } from '../../../framework/report.ts'
import type { Io } from '../../../io.ts'

const flags = {
  ...sharedConfigurationFlags,
  ...signingFlags,
  ...draftFlags,
  parent: {
    type: 'integer',
    value: 'number',
    environment: false,
    help: 'The revision that the file was made from: refused when there is a newer one. The newest if left out; without a file, none.',
  },
  'dry-run': {
    type: 'boolean',
    environment: false,
    help: 'Prove the file and show what would change; change nothing.',
  },
  force: {
    type: 'boolean',
    aliases: ['f'],
    environment: 'F',
    help: 'Import even a file that takes away all provisioners.',
  },
} as const

export const command: CommandDefinition = defineCommand({
  usage: '[<file>]',
  summary: 'put the shared part of a configuration into the database',
  description:
    'mayfly ca config import without a file moves the shared part of the ca.json of this CA (provisioners, claims, policy, retention) into its database, as the first revision: the file keeps what is about this instance, and a copy of the whole stands beside it. The key that signs revisions is made if there is none. Where the database holds a revision that says otherwise, --parent names it if the file is to take its place. With a file, a ca.json or the shared part of one, its shared part becomes the next revision.',
  example:
    "$ mayfly ca config import --configuration-password-file password.txt\n$ mayfly ca config import shared.json --dry-run\n$ mayfly ca config import shared.json --parent 1 --comment 'longer certificates' --configuration-password-file password.txt",
  positional: { minimum: 0, maximum: 1 },
  flags,
  async run(invocation) {
    const [file] = invocation.positional
    const { parent } = invocation.flags
    if (parent !== undefined && parent < 1) throw flagValueInvalid('parent', String(parent))
    return file === undefined ? await move(invocation) : await importFile(invocation, file)
  },
})

/** Moves the shared part out of the `ca.json`. */
async function move(invocation: Invocation<typeof flags>): Promise<number> {
  const { io, home, flags: values } = invocation
  const path = configurationPathOf(home, values)
  const configuration = parseCaConfiguration(await loadDocument(io, path), { source: path })
  reportWarnings(io, configuration.warnings)
  if (values['dry-run']) return await showMove(io, path)
  const { key, publicKeys } = configurationKeyPaths(configuration, path)
  // Another instance has the public key alone, and needs no other where its file says what the revision says.
  const isKeyMade = [key, ...publicKeys].some((each) => existsSync(each))
  if (!isKeyMade) await assertNoRevision(path, publicKeys)
  const made = isKeyMade ? undefined : await makeConfigurationKey(invocation, { force: false })
  const { revision, copyPath } = await importConfiguration({
    configurationPath: path,
    ...(values.parent === undefined ? {} : { parent: values.parent }),
    ...authorship(io, values),
    ...configurationPassword(invocation),
    ...(made === undefined ? {} : { configurationKeyPassword: async () => made.password }),
    now: io.now,
  })
  reportLine(
    io,
    copyPath === undefined
      ? `Revision ${revision.number} is the shared configuration, and ${path} says so.`
      : `Success! Revision ${revision.number} holds what was shared of ${path}, whose copy is ${copyPath}. SIGHUP (kill -1 <pid>) or restart each mayfly-ca, with the same change of its ca.json and the public key beside it.`,
  )
  return 0
}

/** What the first revision would hold, member by member. */
async function showMove(io: Io, path: string): Promise<number> {
  const document = await proveImport({ configurationPath: path, now: io.now })
  const nothing = { authority: { provisioners: [] }, mayfly: {} }
  writeResult(io, formatDifferences(listDifferences(nothing, { ...nothing, ...document })))
  const number = await findNewestRevision({ configurationPath: path })
  if (number > 0) reportLine(io, `The database holds revision ${number} already.`)
  return 0
}

/** A further key would be in the way of the one that the revisions are signed by. */
async function assertNoRevision(path: string, publicKeys: readonly string[]): Promise<void> {
  const number = await findNewestRevision({ configurationPath: path })
  if (number === 0) return
  throw new CommandError(
    'key_unfit',
    `the database holds revision ${number}, and the public key to verify it by is not here: ${publicKeys.join(', ')}`,
    { hint: 'copy it from where the configuration key was made' },
  )
}

/** Makes the shared part of a file the next revision. */
async function importFile(invocation: Invocation<typeof flags>, file: string): Promise<number> {
  const { io, flags: values } = invocation
  const { parent } = values
  const raw = await loadDocument(io, file)
  const document = splitConfiguration(raw).shared
  if (raw.authority === undefined && Object.keys(document).length === 0) throw sharesNothing(file)
  await using shared = await openShared(invocation)
  const current = await shared.current()
  const differences = listDifferences(current?.document ?? {}, document)
  await shared.prove(document)
  if (!values.force) assertProvisionersLeft(document, current?.document, file)
  reportLeftAside(io, raw)
  reportNewWarnings(io, shared, { former: current?.document, document })
  if (differences.length === 0) {
    reportLine(io, `Nothing to do: revision ${current?.number ?? 0} says what ${file} says.`)
    return 0
  }
  writeResult(io, formatDifferences(differences))
  if (values['dry-run']) return 0
  await commitDraft(io, shared, {
    parent: parent ?? current?.number ?? 0,
    document,
    ...authorship(io, values),
  })
  return 0
}

function sharesNothing(file: string): CommandError {
  return new CommandError(
    'file_unreadable',
    `${file} is no configuration: it holds nothing that instances share`,
    { hint: "name a ca.json, or what 'mayfly ca config export --shared' has written" },
  )
}

function assertProvisionersLeft(
  document: JsonObject,
  former: JsonObject | undefined,
  file: string,
): void {
  if (listProvisioners(document).length > 0) return
  const { length } = listProvisioners(former ?? {})
  if (length === 0) return
  throw new CommandError(
    'provisioner_unfit',
    `${file} has no provisioners: it takes away all ${length}, and without any nobody gets a certificate`,
    { hint: "begin with the file of 'mayfly ca config export --shared', or use --force" },
  )
}
