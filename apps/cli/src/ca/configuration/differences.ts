import { isDeepStrictEqual } from 'node:util'
import { asObject } from '../provisioner/members.ts'

/** One member that differs between two documents; what is not there is `undefined`. */
export interface Difference {
  /** Such as `authority.provisioners["cicd"].claims.maxTLSCertDuration`. */
  readonly path: string
  readonly before: unknown
  readonly after: unknown
}

/**
 * Lists what differs between two JSON documents, in the order of the first. Objects are compared member by member, lists of
 * objects with names (provisioners) by these, other lists as a whole.
 */
export function listDifferences(before: unknown, after: unknown, path = ''): readonly Difference[] {
  if (isDeepStrictEqual(before, after)) return []
  if (isObject(before) && isObject(after)) return compareMembers(before, after, path)
  const [former, latter] = [byName(before), byName(after)]
  if (former === undefined || latter === undefined) return [{ path, before, after }]
  const members = compareMembers(former, latter, path, (name) => `[${JSON.stringify(name)}]`)
  if (members.length > 0) return members
  return [{ path, before: Object.keys(former), after: Object.keys(latter) }]
}

function compareMembers(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  path: string,
  step: (name: string) => string = (name) => (path === '' ? name : `.${name}`),
): readonly Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.flatMap((name) =>
    listDifferences(memberOf(before, name), memberOf(after, name), `${path}${step(name)}`),
  )
}

function memberOf(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A list of objects that each have a name of their own, under their names. */
function byName(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!Array.isArray(value)) return undefined
  const entries = value.map((each): [unknown, unknown] => [asObject(each).name, each])
  const isNamed = entries.every(([name]) => typeof name === 'string' && name !== '')
  if (!isNamed || new Set(entries.map(([name]) => name)).size !== entries.length) return undefined
  return Object.fromEntries(entries.map(([name, each]) => [String(name), each]))
}
