import { formatDuration, parseDuration } from '@mayfly/x509-profiles'
import { z } from 'zod'

/** A duration in Go's syntax (`24h0m0s`, `1.5h`), read as milliseconds. */
export const duration: z.ZodType<number> = z.string().transform((text, context) => {
  try {
    return parseDuration(text)
  } catch {
    context.addIssue({
      code: 'custom',
      message: `"${text}" is not a duration such as "24h", "1h30m" or "90s"`,
    })
    return z.NEVER
  }
})

/** A duration that may not be negative, as milliseconds. */
export const positiveDuration: z.ZodType<number> = duration.refine(
  (milliseconds) => milliseconds >= 0,
  {
    error: 'cannot be less than 0',
  },
)

/** Writes a duration of whole or broken seconds as Go prints it. */
export function formatSeconds(seconds: number): string {
  return formatDuration(Math.round(seconds * 1000))
}
