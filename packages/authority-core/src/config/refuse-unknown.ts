import type { z } from 'zod'
import type { JsonObject } from './json.ts'
import { findNearest } from './nearest-name.ts'

/**
 * Refuses members that nobody reads: a restriction must not pass for one that is kept. Those that `matters` says no to are
 * let through.
 */
export function refuseUnknown(
  known: readonly string[],
  matters: (value: unknown) => boolean = () => true,
): (object: JsonObject, context: z.RefinementCtx) => void {
  return (object, context) => {
    for (const [name, value] of Object.entries(object)) {
      if (known.includes(name) || !matters(value)) continue
      const nearest = findNearest(name, known)
      const wayOut = nearest === undefined ? `use ${known.join(', ')}` : `did you mean ${nearest}?`
      context.addIssue({ code: 'custom', path: [name], message: `is not known (${wayOut})` })
    }
  }
}
