import { readInput } from '../../files/input-file.ts'
import type { Io } from '../../io.ts'

/** Reads what is to be signed: of a file, of standard input by `-`, and without a name of what is piped in. */
export async function readPayload(io: Io, path: string | undefined): Promise<Buffer> {
  if (path !== undefined) return await readInput(io, path)
  const isTerminal = 'isTTY' in io.stdin && io.stdin.isTTY === true
  return isTerminal ? Buffer.alloc(0) : await readInput(io, '-')
}
