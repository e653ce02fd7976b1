import { z } from 'zod'

/** A text; absent, `null` and `''` are one. */
export const text: z.ZodType<string> = z
  .string()
  .nullish()
  .transform((value) => value ?? '')

/** A truth value; absent and `null` are `false`. */
export const flag: z.ZodType<boolean> = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false)
