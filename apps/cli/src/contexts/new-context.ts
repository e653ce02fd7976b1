import { type Context, loadContexts } from '../framework/contexts.ts'
import { flagRequiresFlag } from '../framework/errors.ts'
import { reportFact, reportLine } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { addContext, contextOfFlags } from './save-contexts.ts'

/** The flags that say in which context a new authority is kept. */
export const newContextFlags = {
  context: {
    type: 'text',
    value: 'name',
    help: 'Keep the authority in a context of this name, and make it the current one.',
  },
  authority: {
    type: 'text',
    value: 'name',
    help: "The folder of the context's authority; the context's name if left out.",
  },
  profile: {
    type: 'text',
    value: 'name',
    help: "The folder of the context's profile; the context's name if left out.",
  },
} as const

interface NewContextValues {
  readonly context: string | undefined
  readonly authority: string | undefined
  readonly profile: string | undefined
}

/** Whether a new authority goes into a context: when a flag says so, and where contexts are on already. */
export function wantsContext(base: string, flags: NewContextValues): boolean {
  const isNamed = [flags.context, flags.authority, flags.profile].some((each) => each !== undefined)
  return isNamed || loadContexts(base).contexts.length > 0
}

/**
 * The context that a new authority goes into, called as `nameOf` says where no flag does; `undefined` where contexts
 * are off.
 *
 * @throws {CommandError} `flag_invalid` for a name that is not one folder's, `flag_missing` without any name.
 */
export function newContextOf(
  base: string,
  flags: NewContextValues,
  nameOf: () => string | undefined,
): Context | undefined {
  if (!wantsContext(base, flags)) return undefined
  const name = flags.context ?? nameOf()
  if (name === undefined) throw flagRequiresFlag('pki', 'context')
  return contextOfFlags(name, flags)
}

/** Keeps a new context, once its files are there, and tells of it. */
export async function keepContext(io: Io, base: string, context: Context): Promise<void> {
  const profile = await addContext(io, base, context)
  if (profile !== undefined) {
    reportLine(io, `The profile configuration has been saved in ${profile}.`)
  }
  reportFact(io, 'Context', context.name)
}
