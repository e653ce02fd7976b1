import type { Io } from '../io.ts'
import { CommandError } from './errors.ts'
import { printableLines } from './printable.ts'

/**
 * Tells the user of a failure in one line, and in another what to do where that is known; returns the exit status.
 *
 * What the CA said is followed by the hint to look closer; with `STEPDEBUG=1` or `MAYFLYDEBUG=1` the stack comes too,
 * with the causes and the CA's answer, and after `MAYFLYDEBUG=1` an end of line. An error without a code is a slip of
 * ours: status 2.
 */
export function reportFailure(error: unknown, io: Io): number {
  const friendly = isFriendly(error)
  const hint = hintOf(error)
  if (isDebugging(io)) {
    const trace = error instanceof Error ? withCauses(error) : String(error)
    io.stderr.write(`${printableLines(withoutTokens(trace))}\n`)
    if (hint !== undefined) io.stderr.write(`${printableLines(hint)}\n`)
    if (friendly) io.stderr.write(`\n${messageOf(error)}`)
    if (friendly && io.environment.MAYFLYDEBUG === '1') io.stderr.write('\n')
    return exitCodeOf(error)
  }
  if (isSlip(error)) io.stderr.write('Something unexpected happened.\n')
  io.stderr.write(`${messageOf(error)}\n`)
  if (hint !== undefined) io.stderr.write(`${printableLines(hint)}\n`)
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

function hintOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('hint' in error && typeof error.hint === 'string') return error.hint
  const [, url = '', authority, port] = connectionRefused.exec(error.message) ?? []
  // Another port than the CA's is a proxy's.
  const isServer = authority !== undefined && (/:(\d+)$/.exec(authority)?.[1] ?? '443') === port
  return isServer ? `is mayfly-ca running at ${url}?` : undefined
}

function withCauses(error: Error): string {
  const trace = `${error.stack ?? error.message}${answerOf(error)}`
  return error.cause instanceof Error ? `${trace}\ncaused by ${withCauses(error.cause)}` : trace
}

/** What the CA answered, as far as the error knows it. */
function answerOf(error: Error): string {
  if (!('status' in error) || typeof error.status !== 'number') return ''
  const requestId = 'requestId' in error ? error.requestId : undefined
  const named = typeof requestId === 'string' ? `, request id ${requestId}` : ''
  return `\nthe CA answered with status ${error.status}${named}`
}

/** A token of whatever kind, should a message quote one, is good for a certificate. */
function withoutTokens(text: string): string {
  return text.replace(/\beyJ[\w-]*(\.[\w-]*)+/g, '(a token)')
}

// The client's words for a CA that nobody serves, with what a command puts before them.
const connectionRefused =
  /\bclient [A-Z]+ (https:\/\/([^/\s]+))\S* failed: dial tcp \S+:(\d+): connect: connection refused$/
