import type { JsonObject } from '@mayfly/authority-core/config'
import { readInput } from '../../files/input-file.ts'
import { CommandError } from '../../framework/errors.ts'
import type { Io } from '../../io.ts'
import { asObject, objectMember, withMembers } from './members.ts'

/** The flags of a provisioner's templates. */
export const templateFlags = {
  'x509-template': {
    type: 'text',
    value: 'file',
    help: 'The file with the template of its certificates.',
  },
  'x509-template-data': {
    type: 'text',
    value: 'file',
    help: 'The file with a JSON object that the template can use.',
  },
  'ssh-template': {
    type: 'text',
    value: 'file',
    help: 'The file with the template of its SSH certificates.',
  },
  'ssh-template-data': {
    type: 'text',
    value: 'file',
    help: 'The file with a JSON object that the SSH template can use.',
  },
} as const

/** The values of {@link templateFlags}. */
export type TemplateFlagValues = { readonly [K in keyof typeof templateFlags]: string | undefined }

/** Sets members of a provisioner's `options`. */
export type OptionsUpdate = (options: JsonObject) => JsonObject

/**
 * Reads the files of the given flags, and returns what puts them into `options`; an empty name takes the member away.
 *
 * @throws {CommandError} `file_unreadable`; `provisioner_unfit` for a template that the server could not use.
 */
export async function loadTemplates(
  io: Io,
  flags: TemplateFlagValues,
  given: ReadonlySet<string>,
): Promise<OptionsUpdate> {
  const changes = new Map<string, JsonObject>()
  for (const kind of kinds) {
    const [template, data] = [`${kind}-template`, `${kind}-template-data`] as const
    const change: Record<string, unknown> = {}
    if (given.has(template)) {
      const path = flags[template]
      const text = path === undefined ? undefined : await readText(io, path)
      if (kind === 'x509' && path !== undefined && text !== undefined) {
        await assertTemplate(text, path)
      }
      change.template = text === undefined ? undefined : encodeTemplate(text)
      // A file that ca.json names would count again once the template is taken away.
      change.templateFile = undefined
    }
    if (given.has(data)) {
      const path = flags[data]
      change.templateData =
        path === undefined ? undefined : parseData(await readText(io, path), path)
    }
    if (Object.keys(change).length > 0) changes.set(kind, change)
  }
  return (options) => {
    const members = [...changes].map(([kind, change]) => [
      kind,
      withMembers(objectMember(options, kind), change, order),
    ])
    return withMembers(options, Object.fromEntries(members), kinds)
  }
}

const kinds = ['x509', 'ssh'] as const
const order = ['template', 'templateFile', 'templateData']

async function readText(io: Io, path: string): Promise<string> {
  return (await readInput(io, path)).toString()
}

/** The server would leave the provisioner without tokens. */
async function assertTemplate(text: string, path: string): Promise<void> {
  const { createCertificateTemplate } = await import('@mayfly/authority-core/template')
  try {
    createCertificateTemplate(text, { name: path })
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause)) throw cause
    throw new CommandError('provisioner_unfit', `error parsing ${path}: ${cause.message}`, {
      cause,
      hint: 'nothing was written: the CA would take no tokens of this provisioner',
    })
  }
}

/** As step keeps it: what does not begin like JSON goes by base64. */
function encodeTemplate(text: string): string {
  return text.trim().startsWith('{') ? text : Buffer.from(text).toString('base64')
}

function parseData(text: string, path: string): JsonObject {
  const value = parseJson(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return asObject(value)
  throw new CommandError('file_unreadable', `error unmarshaling ${path}: it is no JSON object`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
