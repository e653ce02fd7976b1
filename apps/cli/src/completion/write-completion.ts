import { commandTree } from '../commands/index.ts'
import { writeResult } from '../framework/report.ts'
import type { Io } from '../io.ts'
import { completeWords } from './complete-words.ts'
import { createCompletionSources } from './known-names.ts'

/**
 * Prints what may stand in the place of the last word, a candidate a line, or `:files` where the shell is to complete
 * the name of a file. A failure is nobody's business while a line is being typed.
 */
export async function writeCompletion(io: Io, words: readonly string[]): Promise<number> {
  try {
    const sources = createCompletionSources(io)
    const { candidates, files } = await completeWords(commandTree, words, sources)
    const lines = files ? [':files'] : candidates
    writeResult(io, lines.map((line) => `${line}\n`).join(''))
    return 0
  } catch {
    return 0
  }
}
