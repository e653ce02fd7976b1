import type { Io } from '../io.ts'

/** Control sequences for a terminal, as step writes them to pipes too; nothing where `NO_COLOR` is set and not empty. */
export function ansi({ environment }: Pick<Io, 'environment'>, sequences: string): string {
  return environment.NO_COLOR ? '' : sequences
}
