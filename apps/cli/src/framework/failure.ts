import type { Io } from '../io.ts'
import { CommandError } from './errors.ts'
import { printableLines } from './printable.ts'

/**
 * Tells the user of a failure in one line and returns the exit status.
 *
 * What the CA said is followed by the hint to look closer; with `STEPDEBUG=1` or `MAYFLYDEBUG=1` the stack comes too.
 * An error without a code is a slip of ours: status 2.
 */
export function reportFailure(error: unknown, io: Io): number {
  const friendly = isFriendly(error)
  if (isDebugging(io)) {
    const trace = error instanceof Error ? withCauses(error) : String(error)
    io.stderr.write(`${printableLines(trace)}\n`)
    if (friendly) io.stderr.write(`\n${messageOf(error)}`)
    return exitCodeOf(error)
  }
  if (isSlip(error)) io.stderr.write('Something unexpected happened.\n')
  io.stderr.write(`${messageOf(error)}\n`)
  if (friendly) io.stderr.write('Re-run with STEPDEBUG=1 for more info.\n')
  return exitCodeOf(error)
}

/** Whether the user asked for stack traces. */
function isDebugging({ environment }: Io): boolean {
  return environment.MAYFLYDEBUG === '1' || environment.STEPDEBUG === '1'
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode
  return isSlip(error) ? 2 : 1
}

function isFriendly(error: unknown): boolean {
  return error instanceof Error && 'friendly' in error && error.friendly === true
}

function isSlip(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError ||
    !('code' in error)
  )
}

function messageOf(error: unknown): string {
  return printableLines(error instanceof Error ? error.message : String(error))
}

function withCauses(error: Error): string {
  const stack = error.stack ?? error.message
  return error.cause instanceof Error ? `${stack}\ncaused by ${withCauses(error.cause)}` : stack
}
