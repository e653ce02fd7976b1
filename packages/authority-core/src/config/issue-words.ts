import type { z } from 'zod'
import { formatPath } from './json-path.ts'

/** How a reader of JSON tells the types apart. */
const typeNames = new Map([
  ['string', 'text in quotes'],
  ['number', 'a number'],
  ['boolean', 'true or false'],
  ['array', 'a list in [ ]'],
  ['object', 'an object in { }'],
])

/**
 * Returns what puts the issues that a schema has no words of its own for into those of an operator. Quotes no value,
 * which may be a secret. `wayOuts` tell what to do about a missing member, by its path.
 */
export function wordIssues(wayOuts: ReadonlyMap<string, string>): z.core.$ZodErrorMap {
  return (issue) => {
    switch (issue.code) {
      case 'invalid_type': {
        const { input, expected, path = [] } = issue
        if (input === undefined) return wordAbsence(wayOuts.get(formatPath(path)))
        return `must be ${typeNames.get(expected) ?? expected}, not ${typeOf(input)}`
      }
      case 'unrecognized_keys':
        return `holds what is not known: ${issue.keys.map((name) => JSON.stringify(name)).join(', ')}`
      default:
        return undefined
    }
  }
}

function wordAbsence(wayOut: string | undefined): string {
  return wayOut === undefined ? 'is missing' : `is missing, ${wayOut}`
}

function typeOf(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return 'text'
    case 'number':
      return 'a number'
    default:
      return 'an object'
  }
}
