import {
  ConfigurationError,
  type ConfigurationProblem,
  isJsonObject,
  type JsonObject,
  parseJoinedConfiguration,
  splitConfiguration,
} from '@mayfly/authority-core/config'
import type { SharedConfiguration } from '@mayfly/authority-host'
import { reportLine } from '../../framework/report.ts'
import type { Io } from '../../io.ts'
import { listProvisioners } from '../provisioner/kept-provisioners.ts'
import { asObject } from '../provisioner/members.ts'

/** Tells what of a new document nobody will follow, where it was not so before. The document is proven already. */
export function reportNewWarnings(
  io: Io,
  { local }: Pick<SharedConfiguration, 'local'>,
  { former, document }: { readonly former: JsonObject | undefined; readonly document: JsonObject },
): void {
  const known = new Set(listWarnings(local, former ?? {}).map((each) => keyOf(each, former ?? {})))
  const brought = listWarnings(local, document).filter((each) => !known.has(keyOf(each, document)))
  reportWarnings(io, brought)
}

/** Tells each warning in a line of its own. */
export function reportWarnings(io: Io, warnings: readonly ConfigurationProblem[]): void {
  for (const { path, reason } of warnings) reportLine(io, `WARNING: ${path}: ${reason}`)
}

/** Tells which members of a file are no part of what instances share. */
export function reportLeftAside(io: Io, raw: JsonObject): void {
  const names = Object.entries(splitConfiguration(raw).local).flatMap(([name, value]) =>
    isJsonObject(value) && (name === 'authority' || name === 'mayfly')
      ? Object.keys(value).map((member) => `${name}.${member}`)
      : [name],
  )
  if (names.length === 0) return
  reportLine(io, `left aside, as of one instance alone: ${names.join(', ')}`)
}

function listWarnings(
  local: SharedConfiguration['local'],
  document: JsonObject,
): readonly ConfigurationProblem[] {
  try {
    return parseJoinedConfiguration(local, { document, source: 'the revision' }).warnings
  } catch (error) {
    // A revision that another version has made may be of no use here.
    if (error instanceof ConfigurationError) return []
    throw error
  }
}

/** A provisioner is the same wherever it stands. */
function keyOf({ path, reason }: ConfigurationProblem, document: JsonObject): string {
  const provisioners = listProvisioners(document)
  const named = path.replace(/^authority\.provisioners\[(\d+)\]/, (_, index) =>
    JSON.stringify(asObject(provisioners[Number(index)]).name ?? index),
  )
  return `${named}: ${reason}`
}
