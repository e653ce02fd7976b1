import type { Context, ContextList } from '../framework/contexts.ts'
import { reportFact } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { withQuestions } from '../terminal/questions.ts'
import { selectContext } from './save-contexts.ts'

/**
 * Picks a context where none is selected: the only one, else the one that the user names; it is the current one from
 * now on.
 *
 * @throws {CommandError} `terminal_unavailable`
 */
export async function chooseContext(
  io: Io,
  base: string,
  { contexts }: ContextList,
): Promise<Context> {
  const [only] = contexts
  const chosen = contexts.length === 1 ? only : await askContext(io, contexts)
  if (chosen === undefined) throw new TypeError('a choice beyond the list')
  reportFact(io, 'Context', chosen.name)
  await selectContext(base, chosen.name)
  return chosen
}

async function askContext(io: Io, contexts: readonly Context[]): Promise<Context | undefined> {
  const instead = "the context was to be asked: use --context NAME or 'mayfly context select NAME'"
  const index = await withQuestions(io, instead, ({ askChoice }) =>
    askChoice(
      "Select a context for 'mayfly'",
      contexts.map(({ name }) => name),
    ),
  )
  return contexts[index]
}
