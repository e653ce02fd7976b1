import type { JsonObject } from '@mayfly/authority-core/config'

/**
 * Returns an object with some members set, each in its place if it is there and else where `order` has it; those that
 * are `undefined` are taken away. What `order` does not name stays where it is.
 */
export function withMembers(
  object: JsonObject,
  members: JsonObject,
  order: readonly string[],
): JsonObject {
  const entries = Object.entries(members).reduce(withMember(order), Object.entries(object))
  return Object.fromEntries(entries)
}

/** The member of an object that is an object itself; empty where it is none. */
export function objectMember(object: JsonObject, name: string): JsonObject {
  return asObject(object[name])
}

/** The strings of a member that is a list; none where it is not. */
export function listMember(object: JsonObject, name: string): readonly string[] {
  const value = object[name]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** A JSON object as it is; anything else is taken for an empty one. */
export function asObject(value: unknown): JsonObject {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? { ...value } : {}
}

type Entry = readonly [name: string, value: unknown]

function withMember(
  order: readonly string[],
): (entries: readonly Entry[], entry: Entry) => readonly Entry[] {
  return (entries, [name, value]) => {
    const present = entries.findIndex(([each]) => each === name)
    if (value === undefined) return entries.filter((_, index) => index !== present)
    if (present !== -1) return entries.with(present, [name, value])
    const later = order.slice(order.indexOf(name) + 1)
    const next = entries.findIndex(([each]) => later.includes(each))
    return entries.toSpliced(next === -1 ? entries.length : next, 0, [name, value])
  }
}
